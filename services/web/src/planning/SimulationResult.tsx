/** What each policy gives, how sure that is, and how they differ on the same arrests. */
import { number } from "@/i18n";
import {
  boundsOf,
  curvesOf,
  differenceOf,
  DRAWN,
  type Measure,
  MEASURES,
  type Row,
  rowsOf,
  valueOf,
} from "./measures";
import { simulation } from "./runs";
import { nameOf } from "./state";
import { gap, told } from "./told";
import { Whiskers } from "./Whiskers";
import { code, p } from "./words";

const policyName = (policy: string): string => code("policy", policy);
const rowName = (row: Row): string =>
  row.scenario === null
    ? policyName(row.policy)
    : `${nameOf(row.scenario)} · ${policyName(row.policy)}`;

function sentence(rows: readonly Row[]): string {
  const of = MEASURES[0];
  if (!of) return "";
  const timed = rows
    .flatMap((row) => {
      const value = valueOf(row.told, of.path);
      return value === null ? [] : [{ row, value }];
    })
    .sort((a, b) => a.value - b.value);
  const [best] = timed;
  if (!best) return p("simulation.empty");
  const worst = timed.at(-1) ?? best;
  return timed.length === 1
    ? p("simulation.one", { policy: rowName(best.row), best: told(best.value, null, "s") })
    : p("simulation.sentence", {
        policy: rowName(best.row),
        best: told(best.value, null, "s"),
        other: rowName(worst.row),
        worst: told(worst.value, null, "s"),
      });
}

export function SimulationResult() {
  const found = simulation.value;
  if (!found) return null;
  const rows = rowsOf(found);
  const curves = curvesOf(rows[0]?.told ?? {}).map((name): Measure => ({
    key: name,
    path: ["survival_index", name],
    unit: "index",
  }));
  const measures = [...MEASURES, ...curves];
  const differences = rows.flatMap((row) => {
    const difference = differenceOf(row.told);
    return difference ? [{ ...row, told: difference }] : [];
  });
  return (
    <>
      <section class="headline">
        <p>{sentence(rows)}</p>
        <p class="soft">
          {p("simulation.basis", {
            incidents: number(found.incidents ?? 0),
            replications: found.replications ?? 0,
            seed: found.seed ?? 0,
          })}
        </p>
      </section>
      <section aria-labelledby="charts-title">
        <h3 id="charts-title">{p("simulation.charts")}</h3>
        {MEASURES.filter(({ key }) => DRAWN.includes(key)).map((measure) => (
          <Whiskers key={measure.key} rows={rows} measure={measure} nameOf={rowName} />
        ))}
      </section>
      <Table title={p("simulation.table")} rows={rows} measures={measures} cell={told} />
      {differences.length > 0 && (
        <Table
          title={p("simulation.difference")}
          rows={differences}
          measures={measures}
          cell={gap}
        />
      )}
    </>
  );
}

function Table({
  title,
  rows,
  measures,
  cell,
}: {
  title: string;
  rows: readonly Row[];
  measures: readonly Measure[];
  cell: typeof gap;
}) {
  return (
    <section>
      <h3>{title}</h3>
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls */}
      <div class="scroll" tabIndex={0} role="region" aria-label={title}>
        <table>
          <thead>
            <tr>
              <th scope="col">{p("simulation.measure")}</th>
              {rows.map((row) => (
                <th key={row.name} scope="col" class="at-end">
                  {rowName(row)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {measures.map((measure) => (
              <tr key={measure.key}>
                <th scope="row">
                  {measure.unit === "index"
                    ? p("measure.index", { name: code("curveName", measure.key) })
                    : code("measure", measure.key)}
                </th>
                {rows.map((row) => (
                  <td key={row.name} class="numbers at-end">
                    {cell(
                      valueOf(row.told, measure.path),
                      boundsOf(row.told, measure.path),
                      measure.unit,
                    )}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
