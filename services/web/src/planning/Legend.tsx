/** The one scale with its numbers, and what else is drawn. */
import { number, percent } from "@/i18n";
import { ShapeMark } from "@/map/Legend";
import type { Switch } from "./layers";
import { hidden } from "./PlanMap";
import { coverage, otherCoverage, siting } from "./runs";
import type { Class, Scaled } from "./scale";
import { edited } from "./state";
import { type Colour, COLOURS, show, view } from "./view";
import { code, p } from "./words";

function flip(name: Switch): void {
  const next = new Set(hidden.value);
  if (!next.delete(name)) next.add(name);
  hidden.value = next;
}

function Toggle({ name, mark }: { name: Switch; mark: preact.ComponentChild }) {
  return (
    <label class="legend-switch">
      <input type="checkbox" checked={!hidden.value.has(name)} onChange={() => flip(name)} />
      {mark} {code("layer", name)}
    </label>
  );
}

/** "≤ 3 min", "3–5 min", "> 15 min"; the same for arrests and for what was gained. */
function range({ step, above, to }: Class, colour: Colour): string {
  if (step === "worse") return p("scale.slower");
  const seconds = colour !== "arrests";
  const told = (value: number): string => number(seconds ? value / 60 : value, seconds ? 1 : 4);
  const unit = p(seconds ? "unit.min" : "unit.perYear");
  if (to === null) return `> ${told(above ?? 0)} ${unit}`;
  if (above === null) return `≤ ${told(to)} ${unit}`;
  return `${told(above)}–${told(to)} ${unit}`;
}

export function Legend({ scale }: { scale: Scaled | null }) {
  const { colour, tier } = view.value;
  const found = coverage.value;
  const people = (found?.cells ?? []).reduce((sum, each) => sum + (each.population ?? 0), 0);
  const arrests = (found?.cells ?? []).reduce((sum, each) => sum + each.arrests_per_year, 0);
  const share = (each: Class): string =>
    people > 0
      ? percent(each.population / people)
      : arrests > 0
        ? percent(each.arrests / arrests)
        : number(each.cells);
  return (
    <details class="map-legend panel" open>
      <summary>{p("legend")}</summary>
      {scale && found && (
        <div>
          <label class="field">
            <span class="visually-hidden">{p("colour.label")}</span>
            <select
              value={colour}
              onChange={(event) => show({ colour: event.currentTarget.value as Colour })}
            >
              {COLOURS.map((each) => (
                <option
                  key={each}
                  value={each}
                  disabled={each === "difference" && !otherCoverage.value}
                >
                  {code("colour", each, { tier: code("tier", tier) })}
                </option>
              ))}
            </select>
          </label>
          <table class="scale">
            <thead>
              <tr>
                <th scope="col" colSpan={2}>
                  {code("scaleHead", colour)}
                </th>
                <th scope="col">{p(people > 0 ? "scale.people" : "scale.arrests")}</th>
              </tr>
            </thead>
            <tbody>
              {scale.classes.map((each) => (
                <tr key={each.step}>
                  <td>
                    <span class={`swatch step-${each.step}`} aria-hidden="true" />
                  </td>
                  <th scope="row" class="numbers">
                    {range(each, colour)}
                  </th>
                  <td class="numbers">{share(each)}</td>
                </tr>
              ))}
            </tbody>
          </table>
          <p class="soft">{p("scale.far")}</p>
        </div>
      )}
      {found && (
        <div>
          <Toggle name="cells" mark={<span class="swatch step-3" aria-hidden="true" />} />
          <Toggle name="gaps" mark={<span class="edge gap" aria-hidden="true" />} />
          <Toggle name="circle" mark={<span class="edge circle" aria-hidden="true" />} />
        </div>
      )}
      <div>
        {edited.value.aeds.length > 0 && (
          <Toggle name="aeds" mark={<ShapeMark shape="aeds.open" tone="text" />} />
        )}
        {edited.value.stations.length > 0 && (
          <Toggle name="stations" mark={<ShapeMark shape="stations.station" tone="text" />} />
        )}
        {(siting.value?.sites.length ?? 0) > 0 && (
          <p class="legend-switch">
            <span class="edge found" aria-hidden="true" /> {p("layer.found")}
          </p>
        )}
      </div>
    </details>
  );
}
