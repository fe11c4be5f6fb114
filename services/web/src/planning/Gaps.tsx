/** Where somebody would wait too long, worst first; a row shows it on the map. */
import { useState } from "preact/hooks";
import { number } from "@/i18n";
import { minutes } from "./format";
import { goal, picked } from "./tools";
import type { Gap } from "./types";
import { p } from "./words";

const FIRST = 12;
/** More than anybody reads; the export has all. */
const MOST = 500;

export function Gaps({ gaps }: { gaps: readonly Gap[] }) {
  const [all, setAll] = useState(false);
  const arrests = gaps.reduce((sum, each) => sum + each.expected_arrests_per_year, 0);
  return (
    <section aria-labelledby="gaps-title">
      <h3 id="gaps-title">{p("gaps.title")}</h3>
      <p class="soft">
        {gaps.length === 0
          ? p("gaps.none")
          : p("gaps.sentence", { count: gaps.length, arrests: number(arrests, 1) })}
      </p>
      {gaps.length > 0 && (
        <table>
          <thead>
            <tr>
              <th scope="col">{p("gaps.place")}</th>
              <th scope="col" class="at-end">
                {p("gaps.arrests")}
              </th>
              <th scope="col" class="at-end">
                {p("gaps.nearest")}
              </th>
            </tr>
          </thead>
          <tbody>
            {gaps.slice(0, all ? MOST : FIRST).map((gap, at) => (
              <tr key={gap.cell}>
                <th scope="row">
                  <button
                    type="button"
                    class="link numbers"
                    onClick={() => {
                      goal.value = { place: gap, zoom: 12 };
                      picked.value = { kind: "cell", cell: gap.cell };
                    }}
                  >
                    {at + 1}. {gap.latitude.toFixed(4)}, {gap.longitude.toFixed(4)}
                  </button>
                </th>
                <td class="numbers at-end">{number(gap.expected_arrests_per_year, 2)}</td>
                <td class="numbers at-end">{minutes(gap.nearest_s)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {gaps.length > FIRST && !all && (
        <button type="button" class="button" onClick={() => setAll(true)}>
          {p("gaps.all", { count: Math.min(MOST, gaps.length) })}
        </button>
      )}
    </section>
  );
}
