/** The week, hour by hour: when the circle is smaller than it looks. A click looks at that hour. */
import { language } from "@/i18n";
import { dayName, hourName, share } from "./format";
import { STEPS } from "./scale";
import { show } from "./view";
import { p } from "./words";

const CELL = 15;
const LEFT = 40;
const TOP = 16;
const HOURS = 24;
const DAYS = 7;

interface Props {
  readonly values: readonly number[];
  readonly others: readonly number[] | null;
  readonly hour: number | null;
}

/** The step of a share between the lowest and the highest: darker is less covered, as on the map. */
export function stepOf(value: number, low: number, high: number): number {
  if (high - low < 1e-9) return 1;
  const at = (high - value) / (high - low);
  return Math.min(STEPS - 1, Math.floor(at * STEPS));
}

const indexOf = (values: readonly number[], wanted: number): number => values.indexOf(wanted);

export function Heat({ values, others, hour }: Props) {
  const low = Math.min(...values);
  const high = Math.max(...values);
  const worst = indexOf(values, low);
  const best = indexOf(values, high);
  const sentence = p(high - low < 0.0005 ? "heat.same" : "heat.sentence", {
    low: share(low),
    worst: hourName(worst),
    high: share(high),
    best: hourName(best),
  });
  const width = LEFT + HOURS * CELL;
  const height = TOP + DAYS * CELL;
  return (
    <section aria-labelledby="heat-title">
      <h3 id="heat-title">{p("heat.title")}</h3>
      <p class="soft">{sentence}</p>
      {/* The slider beside the levers does the same by keyboard. */}
      <svg class="heat" viewBox={`0 0 ${width} ${height}`} role="img" aria-label={sentence}>
        {[0, 6, 12, 18].map((each) => (
          <text key={each} x={LEFT + each * CELL} y={TOP - 4}>
            {String(each).padStart(2, "0")}
          </text>
        ))}
        {Array.from({ length: DAYS }, (_, day) => (
          <text key={`${day} ${language.value}`} x={0} y={TOP + day * CELL + 11}>
            {dayName(day)}
          </text>
        ))}
        {values.map((value, at) => (
          <rect
            key={at}
            class={`step-${stepOf(value, low, high)} ${at === hour ? "here" : ""}`}
            x={LEFT + (at % HOURS) * CELL}
            y={TOP + Math.floor(at / HOURS) * CELL}
            width={CELL - 1}
            height={CELL - 1}
            onClick={() => show({ hour: at === hour ? null : at })}
          >
            <title>
              {hourName(at)} · {share(value)}
              {others?.[at] !== undefined ? ` (${share(others[at])})` : ""}
            </title>
          </rect>
        ))}
      </svg>
      <p class="heat-scale soft numbers" aria-hidden="true">
        {share(high, 0)}
        {Array.from({ length: STEPS }, (_, step) => (
          <span key={step} class={`swatch step-${step}`} />
        ))}
        {share(low, 0)}
      </p>
    </section>
  );
}
