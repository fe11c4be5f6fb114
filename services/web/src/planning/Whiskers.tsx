/** A number with its interval for each policy: a dot and its whisker on one axis. */
import { ticks } from "./Curve";
import type { Measure, Row } from "./measures";
import { boundsOf, valueOf } from "./measures";
import { told } from "./told";
import { code } from "./words";

const WIDTH = 400;
const ROW = 26;
const LEFT = 150;
const RIGHT = 16;
const BOTTOM = 24;

export function Whiskers({
  rows,
  measure,
  nameOf,
}: {
  rows: readonly Row[];
  measure: Measure;
  nameOf: (row: Row) => string;
}) {
  const values = rows.map((row) => ({
    row,
    value: valueOf(row.told, measure.path),
    bounds: boundsOf(row.told, measure.path),
  }));
  const highest = Math.max(0, ...values.map(({ value, bounds }) => bounds?.[1] ?? value ?? 0));
  // Whole minutes, where it is time.
  const whole = measure.unit === "s" ? 60 : 1;
  const axis = ticks(highest / whole, 4).map((each) => each * whole);
  const most = axis.at(-1) || 1;
  const x = (value: number): number => LEFT + (Math.max(0, value) / most) * (WIDTH - LEFT - RIGHT);
  const height = values.length * ROW + BOTTOM;
  const title = code("measure", measure.key);
  return (
    <figure>
      <figcaption>{title}</figcaption>
      <svg
        class="chart whiskers"
        viewBox={`0 0 ${WIDTH} ${height}`}
        role="img"
        aria-label={`${title}: ${values
          .map(({ row, value, bounds }) => `${nameOf(row)} ${told(value, bounds, measure.unit)}`)
          .join("; ")}`}
      >
        {axis.map((each) => (
          <g key={each}>
            <line class="grid" x1={x(each)} x2={x(each)} y1={0} y2={height - BOTTOM} />
            <text class="middle" x={x(each)} y={height - 8}>
              {told(each, null, measure.unit, 0)}
            </text>
          </g>
        ))}
        {values.map(({ row, value, bounds }, at) => {
          const y = at * ROW + ROW / 2;
          return (
            <g key={row.name}>
              <text class="end name" x={LEFT - 10} y={y + 4}>
                {nameOf(row)}
              </text>
              {bounds && (
                <path
                  class="line"
                  d={`M${x(bounds[0])},${y}H${x(bounds[1])}M${x(bounds[0])},${y - 4}v8M${x(bounds[1])},${y - 4}v8`}
                />
              )}
              {value !== null && (
                <circle cx={x(value)} cy={y} r="4.5">
                  <title>{told(value, bounds, measure.unit)}</title>
                </circle>
              )}
            </g>
          );
        })}
      </svg>
    </figure>
  );
}
