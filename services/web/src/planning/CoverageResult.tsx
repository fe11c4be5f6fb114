/** The number that matters, against what it is held against; then the week, the units, the gaps. */
import { number } from "@/i18n";
import { hourName, points, share } from "./format";
import { Circles } from "./Circles";
import { arrestsOf, gapsOf, headline, layerOf } from "./figures";
import { Gaps } from "./Gaps";
import { Heat } from "./Heat";
import { beside, calculate, coverage, current, otherCoverage, starting } from "./runs";
import { COVERAGE } from "./asking";
import { runName } from "./names";
import { draft, nameOf } from "./state";
import { Targets } from "./Targets";
import type { Coverage } from "./types";
import { Units } from "./Units";
import { view } from "./view";
import { code, p } from "./words";

export function CoverageResult() {
  const found = coverage.value;
  if (!found) return null;
  const { tier, within, hour } = view.value;
  const layer = layerOf(found, tier, within);
  const other = otherCoverage.value;
  const otherLayer = layerOf(other, tier, within);
  const gaps = gapsOf(found, tier);
  return (
    <>
      <Headline found={found} />
      <MissingOther />
      <section aria-labelledby="shares-title">
        <h3 id="shares-title">{p("shares.title")}</h3>
        <Shares />
      </section>
      <Targets targets={found.targets ?? []} />
      {layer?.by_hour && (
        <Heat values={layer.by_hour} others={otherLayer?.by_hour ?? null} hour={hour} />
      )}
      <Units units={found.units ?? []} others={other?.units ?? null} gaps={gaps} />
      <Gaps gaps={gaps} />
      <Circles circles={found.circles ?? []} />
    </>
  );
}

/** Somebody wants to compare with what was never calculated. */
function MissingOther() {
  const { other, beside: against } = view.value;
  if (!other || against) return null;
  return (
    <p class="banner plain">
      <span>{p("compare.missing", { name: nameOf(other) })}</span>
      <button
        type="button"
        class="button"
        disabled={starting.value}
        onClick={() => void calculate("coverage", COVERAGE)}
      >
        {p("compare.calculate")}
      </button>
    </p>
  );
}

function Headline({ found }: { found: Coverage }) {
  const { tier, within, hour } = view.value;
  const value = headline(layerOf(found, tier, within), hour);
  const was = headline(layerOf(otherCoverage.value, tier, within), hour);
  if (value === null) return <p class="banner plain">{p("headline.none")}</p>;
  const arrests = arrestsOf(found.cells);
  const when = hour === null ? p("headline.week") : p("headline.hour", { hour: hourName(hour) });
  const gained = was === null ? null : value - was;
  const told = { name: runName(beside.value), was: share(was), direction: way(gained) };
  return (
    <section class="headline" aria-live="polite">
      <p class="figure numbers">
        {share(value)}
        {gained !== null && (
          <span class="gain" data-gain={gained.toFixed(6)}>
            {points(gained)}
          </span>
        )}
      </p>
      <p>
        {p(hour === null ? "headline.sentence" : "headline.people", {
          share: share(value),
          tier: code("tierIn", tier),
          minutes: within / 60,
          when,
        })}{" "}
        {gained !== null &&
          p(hour === null ? "headline.against" : "headline.againstPeople", {
            ...told,
            arrests: number(Math.abs(gained * arrests), 1),
          })}
      </p>
      {draft.value.length > 0 && stale() && <p class="banner amber">{p("headline.stale")}</p>}
    </section>
  );
}

const way = (gained: number | null): string => (!gained ? "same" : gained > 0 ? "more" : "fewer");

/** Whether something was changed since it was calculated. */
function stale(): boolean {
  const changes = current.value?.changes;
  if (!Array.isArray(changes)) return false;
  return JSON.stringify(bare(changes)) !== JSON.stringify(bare(draft.value));
}

/** Without what the service fills in, in one order. */
function bare(changes: readonly object[]): unknown {
  return changes.map((change) =>
    Object.entries(change)
      .filter(([, value]) => value !== null && value !== undefined)
      .sort(([a], [b]) => a.localeCompare(b)),
  );
}

/** Every number of minutes of the tier, by people, area and arrests. */
function Shares() {
  const { tier, within } = view.value;
  const layers = (coverage.value?.layers ?? [])
    .filter((each) => each.tier === tier)
    .sort((a, b) => a.within_s - b.within_s);
  const others = otherCoverage.value;
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">{p("levers.within")}</th>
          {(["arrest_share", "population_share", "area_share"] as const).map((each) => (
            <th key={each} scope="col" class="at-end">
              {code("column", each)}
            </th>
          ))}
          {others && (
            <th scope="col" class="at-end">
              {p("column.difference")}
            </th>
          )}
        </tr>
      </thead>
      <tbody>
        {layers.map((layer) => {
          const was = layerOf(others, tier, layer.within_s)?.arrest_share;
          return (
            <tr key={layer.within_s} class={layer.within_s === within ? "here" : ""}>
              <th scope="row" class="numbers">
                {p("minutes", { minutes: layer.within_s / 60 })}
              </th>
              <td class="numbers at-end">{share(layer.arrest_share)}</td>
              <td class="numbers at-end">{share(layer.population_share)}</td>
              <td class="numbers at-end">{share(layer.area_share)}</td>
              {others && (
                <td class="numbers at-end">
                  {was == null || layer.arrest_share == null
                    ? "–"
                    : points(layer.arrest_share - was)}
                </td>
              )}
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
