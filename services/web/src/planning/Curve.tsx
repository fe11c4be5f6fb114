/** Share covered against number of sites, below the bound that nothing can pass. */
import { share } from "./format";
import type { CurvePoint } from "./types";
import { p } from "./words";

const WIDTH = 400;
const HEIGHT = 200;
const LEFT = 44;
const RIGHT = 12;
const TOP = 12;
const BOTTOM = 30;

/** Round steps of an axis from 0 to at least `most`. */
export function ticks(most: number, about = 4): readonly number[] {
  if (!(most > 0)) return [0];
  const rough = most / about;
  const size = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((each) => each * size).find((each) => each >= rough) ?? rough;
  const found = [];
  for (let at = 0; at <= most + step * 0.999; at += step) found.push(Number(at.toPrecision(12)));
  return found;
}

export function Curve({ points }: { points: readonly CurvePoint[] }) {
  const sorted = [...points].sort((a, b) => a.p - b.p);
  const last = sorted.at(-1);
  if (!last) return null;
  const highest = Math.max(...sorted.map((each) => each.bound_share ?? each.covered_share));
  const across = ticks(last.p).filter((each) => each <= last.p || each === 0);
  const up = ticks(Math.min(1, highest)).filter((each) => each <= 1.0001);
  const most = Math.max(up.at(-1) ?? 1, highest);
  const x = (value: number): number => LEFT + (value / last.p) * (WIDTH - LEFT - RIGHT);
  const y = (value: number): number => HEIGHT - BOTTOM - (value / most) * (HEIGHT - TOP - BOTTOM);
  const path = (value: (each: CurvePoint) => number | null): string =>
    sorted
      .flatMap((each) => {
        const at = value(each);
        return at === null ? [] : [`${x(each.p).toFixed(1)},${y(at).toFixed(1)}`];
      })
      .map((each, at) => `${at === 0 ? "M" : "L"}${each}`)
      .join("");
  const first = sorted[0] ?? last;
  const gained = last.covered_share - first.covered_share;
  const half =
    sorted.find((each) => each.covered_share - first.covered_share >= gained / 2) ?? last;
  const sentence = p("curve.sentence", {
    from: share(first.covered_share),
    to: share(last.covered_share),
    all: last.p,
    half: half.p,
  });
  return (
    <section aria-labelledby="curve-title">
      <h3 id="curve-title">{p("curve.title")}</h3>
      <p class="soft">{sentence}</p>
      <svg class="chart" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={sentence}>
        {up.map((each) => (
          <g key={each}>
            <line class="grid" x1={LEFT} x2={WIDTH - RIGHT} y1={y(each)} y2={y(each)} />
            <text class="end" x={LEFT - 6} y={y(each) + 4}>
              {share(each, each * 100 === Math.round(each * 100) ? 0 : 1)}
            </text>
          </g>
        ))}
        {across.map((each) => (
          <text key={each} class="middle" x={x(each)} y={HEIGHT - BOTTOM + 16}>
            {each}
          </text>
        ))}
        <path class="line bound" d={path((each) => each.bound_share)} />
        <path class="line" d={path((each) => each.covered_share)} />
        {sorted.map((each) => (
          <circle key={each.p} cx={x(each.p)} cy={y(each.covered_share)} r="3.5">
            <title>{`${each.p}: ${share(each.covered_share)} ≤ ${share(each.bound_share)}`}</title>
          </circle>
        ))}
      </svg>
      <p class="soft keys">
        <span>
          <svg viewBox="0 0 28 8" aria-hidden="true" class="key">
            <path class="line" d="M0,4L28,4" />
          </svg>{" "}
          {p("curve.found")}
        </span>
        <span>
          <svg viewBox="0 0 28 8" aria-hidden="true" class="key">
            <path class="line bound" d="M0,4L28,4" />
          </svg>{" "}
          {p("curve.bound")}
        </span>
      </p>
      <details>
        <summary>{p("curve.table")}</summary>
        <table>
          <thead>
            <tr>
              <th scope="col" class="at-end">
                {p("curve.p")}
              </th>
              <th scope="col" class="at-end">
                {p("curve.found")}
              </th>
              <th scope="col" class="at-end">
                {p("curve.bound")}
              </th>
            </tr>
          </thead>
          <tbody>
            {sorted.map((each) => (
              <tr key={each.p}>
                <th scope="row" class="numbers at-end">
                  {each.p}
                </th>
                <td class="numbers at-end">{share(each.covered_share)}</td>
                <td class="numbers at-end">{share(each.bound_share)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </section>
  );
}
