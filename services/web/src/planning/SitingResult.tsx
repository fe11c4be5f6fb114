/** Where new ones go, how sure it is that nothing is better, and what more of them would bring. */
import { number } from "@/i18n";
import { Curve } from "./Curve";
import { share } from "./format";
import { COVERAGE } from "./asking";
import { calculate, siting } from "./runs";
import { asChanges } from "./sited";
import { edited, manyChanges } from "./state";
import { goal } from "./tools";
import type { Siting } from "./types";
import { code, p } from "./words";

const covered = (found: Siting): number | null =>
  found.covered_weight != null && found.total_weight
    ? found.covered_weight / found.total_weight
    : null;

/** Only what is proven is called optimal; else how far off it can be at most. */
function proof(found: Siting): string {
  const told = {
    seconds: number(found.elapsed_s ?? 0, 1),
    gap: share(found.gap, 2),
    status: code("status", found.status),
  };
  if (found.status === "optimal") return p("proof.optimal", told);
  if (found.status === "infeasible") return p("proof.infeasible", told);
  return found.gap === null ? p("proof.none", told) : p("proof.gap", told);
}

export function SitingResult() {
  const found = siting.value;
  if (!found) return null;
  const value = covered(found);
  const changes = asChanges(found, edited.value, (count) =>
    p(found.model === "mexclp" ? "new.station" : "new.aed", { number: String(count) }),
  );
  return (
    <>
      <section class="headline">
        <p class="figure numbers">
          {value === null
            ? found.objective === null
              ? "–"
              : number(found.objective, 1)
            : share(value)}
        </p>
        <p>
          {value === null
            ? p("site.sentencePlain", { count: found.sites.length })
            : p("site.sentence", { count: found.sites.length, share: share(value) })}{" "}
          {proof(found)}
        </p>
        {found.cost != null && (
          <p>
            {p("site.cost", {
              cost: number(found.cost, 2),
              budget: number(found.budget ?? 0, 2),
              moved: found.moved?.length ?? 0,
              fresh: found.new?.length ?? 0,
              kept: found.kept?.length ?? 0,
            })}
          </p>
        )}
        {changes.length > 0 && (
          <p class="row">
            <button type="button" class="button" onClick={() => manyChanges(changes)}>
              {p("site.take")}
            </button>
            <button
              type="button"
              class="button"
              onClick={() => {
                manyChanges(changes);
                void calculate("coverage", COVERAGE);
              }}
            >
              {p("site.takeAndCalculate")}
            </button>
          </p>
        )}
      </section>
      {(found.curve?.length ?? 0) > 1 && <Curve points={found.curve ?? []} />}
      <section aria-labelledby="sites-title">
        <h3 id="sites-title">{p("site.list")}</h3>
        {found.sites.length === 0 && <p class="soft">{p("site.none")}</p>}
        <ol class="found">
          {found.sites.map((site, at) => (
            <li key={site.id ?? at}>
              <button
                type="button"
                class="link numbers"
                onClick={() => (goal.value = { place: site, zoom: 13 })}
              >
                {site.name ? `${site.name} · ` : ""}
                {site.latitude.toFixed(5)}, {site.longitude.toFixed(5)}
              </button>
            </li>
          ))}
        </ol>
      </section>
    </>
  );
}
