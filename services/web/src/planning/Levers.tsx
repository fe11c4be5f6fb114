/** What is looked at: tier, minutes, hour of the week. They turn a look, not a calculation. */
import { useEffect } from "preact/hooks";
import { hourName } from "./format";
import { coverage } from "./runs";
import { type Tier, TIERS } from "./types";
import { show, view } from "./view";
import { code, p } from "./words";

const WITHIN = [180, 300, 480, 600];

export function Levers() {
  const { tier, within, hour } = view.value;
  const layers = coverage.value?.layers ?? [];
  const tiers = layers.length > 0 ? new Set(layers.map((each) => each.tier)) : null;
  const times = [
    ...new Set([...layers.map((each) => each.within_s), ...(layers.length ? [] : WITHIN)]),
  ];
  times.sort((a, b) => a - b);
  // A link may ask for what this run has not calculated: the nearest that it has is shown.
  const shown = times.includes(within) ? within : nearest(times, within);
  useEffect(() => {
    if (shown !== within) show({ within: shown });
  }, [shown, within]);
  return (
    <section aria-labelledby="levers-title">
      <h2 id="levers-title">{p("levers.title")}</h2>
      <div class="levers">
        <label class="field">
          <span>{p("levers.tier")}</span>
          <select
            value={tier}
            onChange={(event) => show({ tier: event.currentTarget.value as Tier })}
          >
            {TIERS.map((each) => (
              <option key={each} value={each} disabled={tiers !== null && !tiers.has(each)}>
                {code("tier", each)}
              </option>
            ))}
          </select>
        </label>
        <label class="field">
          <span>{p("levers.within")}</span>
          <select
            value={shown}
            onChange={(event) => show({ within: Number(event.currentTarget.value) })}
          >
            {times.map((each) => (
              <option key={each} value={each}>
                {p("minutes", { minutes: each / 60 })}
              </option>
            ))}
          </select>
        </label>
      </div>
      <label class="field check">
        <input
          type="checkbox"
          checked={hour !== null}
          onChange={(event) => show({ hour: event.currentTarget.checked ? 34 : null })}
        />
        <span>{p("levers.oneHour")}</span>
      </label>
      {hour !== null && (
        <label class="field">
          <span>{p("levers.hour", { hour: hourName(hour) })}</span>
          <input
            type="range"
            min="0"
            max="167"
            value={hour}
            aria-valuetext={hourName(hour)}
            onInput={(event) => show({ hour: Number(event.currentTarget.value) })}
          />
        </label>
      )}
    </section>
  );
}

const nearest = (times: readonly number[], wanted: number): number =>
  times.reduce(
    (best, each) => (Math.abs(each - wanted) < Math.abs(best - wanted) ? each : best),
    times[0] ?? wanted,
  );
