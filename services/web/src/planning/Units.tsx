/** The county units: who is covered worse than the city. */
import { number } from "@/i18n";
import { points, share } from "./format";
import { goal } from "./tools";
import type { Gap, Unit } from "./types";
import { type UnitRow, unitRows } from "./units";
import { view } from "./view";
import { p } from "./words";

interface Props {
  readonly units: readonly Unit[];
  readonly others: readonly Unit[] | null;
  readonly gaps: readonly Gap[];
}

export function Units({ units, others, gaps }: Props) {
  const { tier, within } = view.value;
  const rows = unitRows(units, tier, within, gaps);
  if (rows.length === 0) return null;
  const before =
    others && new Map(unitRows(others, tier, within, []).map((each) => [each.id, each]));
  return (
    <section aria-labelledby="units-title">
      <h3 id="units-title">{p("units.title")}</h3>
      <table>
        <thead>
          <tr>
            <th scope="col">{p("units.name")}</th>
            <th scope="col" class="at-end">
              {p("column.arrest_share")}
            </th>
            <th scope="col" class="at-end">
              {before ? p("column.difference") : p("gaps.arrests")}
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.id}>
              <th scope="row">
                <Name row={row} />
              </th>
              <td class="at-end">
                <span class="numbers">{share(row.share)}</span>
                <span class="bar-of" aria-hidden="true">
                  <span style={{ width: `${100 * (row.share ?? 0)}%` }} />
                </span>
              </td>
              <td class="numbers at-end">
                {before
                  ? difference(row, before.get(row.id))
                  : row.arrests === null
                    ? "–"
                    : number(row.arrests, 1)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

const difference = (row: UnitRow, was: UnitRow | undefined): string =>
  row.share === null || was?.share == null ? "–" : points(row.share - was.share);

function Name({ row }: { row: UnitRow }) {
  const { place } = row;
  if (!place) return <>{row.name}</>;
  return (
    <button type="button" class="link" onClick={() => (goal.value = { place, zoom: 10 })}>
      {row.name}
    </button>
  );
}
