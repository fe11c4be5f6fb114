/** What was clicked: a place that can be changed, or a cell with its numbers. */
import { cellToLatLng } from "h3-js";
import { number } from "@/i18n";
import { Icon } from "@/ui/Icon";
import { minutes } from "./format";
import { coverage } from "./runs";
import { change, edited } from "./state";
import { editing, picked, removeSite, tool } from "./tools";
import { TIERS } from "./types";
import type { Site } from "./engine";
import { code, p } from "./words";

export function Picked() {
  const now = picked.value;
  if (!now) return null;
  return (
    <section class="picked panel" aria-label={p("picked.label")}>
      {now.kind === "site" ? (
        <SiteFacts key={now.site.id} site={now.site} />
      ) : (
        <CellFacts cell={now.cell} />
      )}
      <button type="button" class="button quiet close" onClick={() => (picked.value = null)}>
        <Icon name="cross" label={p("picked.close")} />
      </button>
    </section>
  );
}

function SiteFacts({ site }: { site: Site }) {
  const found =
    site.kind === "aeds"
      ? edited.value.aeds.find((each) => each.site.id === site.id)
      : edited.value.stations.find((each) => each.site.id === site.id);
  if (!found) return <p>{p("picked.gone")}</p>;
  const hours = "hours" in found.site ? (found.site.hours ?? "") : "";
  return (
    <>
      <h3>{found.site.name || found.site.id}</h3>
      <p class="soft">
        {site.kind === "aeds" ? p("picked.aed") : p("picked.station")}
        {found.state !== "as is" && ` · ${code("siteState", found.state)}`}
      </p>
      {site.kind === "aeds" && !editing.value && (
        <p>{hours ? p("picked.open", { hours }) : p("picked.hoursUnknown")}</p>
      )}
      {editing.value && site.kind === "aeds" && found.state !== "removed" && (
        <HoursForm site={site} hours={hours} />
      )}
      {editing.value && found.state !== "removed" && (
        <footer>
          <button
            type="button"
            class="button"
            onClick={() => (tool.value = { kind: "move", site })}
          >
            {p("picked.move")}
          </button>
          <button type="button" class="button" onClick={() => removeSite(site)}>
            {p("picked.remove")}
          </button>
        </footer>
      )}
      {!editing.value && (
        <button type="button" class="button" onClick={() => (editing.value = true)}>
          {p("edit.start")}
        </button>
      )}
    </>
  );
}

function HoursForm({ site, hours }: { site: Site; hours: string }) {
  return (
    <form
      class="hours"
      onSubmit={(event) => {
        event.preventDefault();
        const typed = new FormData(event.currentTarget).get("hours");
        const text = typeof typed === "string" ? typed.trim() : "";
        if (text !== hours) change({ kind: "set_hours", id: site.id, hours: text || null });
      }}
    >
      <label class="field">
        <span>{p("picked.hours")}</span>
        <input name="hours" defaultValue={hours} list="usual-hours" autocomplete="off" />
      </label>
      <datalist id="usual-hours">
        <option value="24/7" />
        <option value="Mo-Su 08:00-22:00" />
        <option value="Mo-Fr 08:00-18:00" />
      </datalist>
      <button type="submit" class="button">
        {p("picked.setHours")}
      </button>
    </form>
  );
}

function CellFacts({ cell }: { cell: string }) {
  const found = coverage.value?.cells.find((each) => each.cell === cell);
  const [latitude, longitude] = cellToLatLng(cell);
  return (
    <>
      <h3 class="numbers">
        {latitude.toFixed(4)}, {longitude.toFixed(4)}
      </h3>
      <p class="soft">{p("picked.cell", { cell })}</p>
      {found && (
        <dl>
          <dt>{p("picked.arrests")}</dt>
          <dd class="numbers">{number(found.arrests_per_year, 3)}</dd>
          {found.population != null && (
            <>
              <dt>{p("picked.population")}</dt>
              <dd class="numbers">{number(found.population)}</dd>
            </>
          )}
          {TIERS.filter((tier) => tier in found.nearest_s).map((tier) => (
            <>
              <dt key={tier}>{code("tier", tier)}</dt>
              <dd class="numbers">
                {found.nearest_s[tier] == null ? p("picked.later") : minutes(found.nearest_s[tier])}
              </dd>
            </>
          ))}
        </dl>
      )}
    </>
  );
}
