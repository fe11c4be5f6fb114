/** What the command line has found on the map: what it is, and what can be done with it. */
import { Icon } from "@/ui/Icon";
import { distance, t as common } from "@/i18n";
import { actionOf } from "./actions";
import { orderUnit } from "./commands";
import { coordinates } from "./labels";
import { metresBetween } from "@/common/distance";
import { aeds, openNow, stationName, stations, units } from "./registers";
import * as state from "./state";
import { code, t } from "./words";

function facts({ kind, id }: state.Shown): (string | null | undefined)[] {
  if (kind === "units") {
    const unit = units.value.get(id);
    return unit
      ? [code("unit", unit.kind), code("unitState", unit.state), stationName(unit.station_id)]
      : [];
  }
  if (kind === "stations") {
    const station = stations.value.get(id);
    return station ? [code("tier", station.tier), station.address, station.phone] : [];
  }
  const aed = aeds.value.get(id);
  const open = openNow.value.get(id) ?? null;
  return aed
    ? [
        t(open === null ? "shown.hoursUnknown" : open ? "shown.open" : "shown.closed"),
        aed.effective_state === "in_service" ? null : code("aedState", aed.effective_state),
        aed.address,
        aed.placement,
      ]
    : [];
}

export function ShownCard() {
  const shown = state.shown.value;
  if (!shown) return null;
  const patient = state.opened.value?.incident;
  const open = patient && patient.state !== "closed" && patient.state !== "merged";
  const free = ["available", "returning"].includes(units.value.get(shown.id)?.state ?? "");
  return (
    <section class="shown panel" aria-label={t("shown.title")}>
      <div>
        <strong>{shown.label}</strong>{" "}
        <span class="soft">{shown.label === shown.id ? "" : shown.id}</span>
        <p>{facts(shown).filter(Boolean).join(" · ")}</p>
        <p class="soft numbers">
          {coordinates(shown.place)}
          {patient &&
            ` · ${t("shown.away", { distance: distance(metresBetween(shown.place, patient.place)) })}`}
        </p>
      </div>
      <div class="buttons">
        {shown.kind === "units" && open && free && (
          <button type="button" class="button" onClick={() => orderUnit(patient.id, shown.id)}>
            {t("action.unit")}
          </button>
        )}
        {shown.kind !== "units" && (
          <button
            type="button"
            class="button"
            onClick={() => {
              actionOf("new").run();
              state.picked.value = shown.place;
            }}
          >
            {t("shown.callHere")}
          </button>
        )}
        <button
          type="button"
          class="button quiet"
          aria-label={common("action.close")}
          onClick={() => {
            state.shown.value = null;
          }}
        >
          <Icon name="cross" />
        </button>
      </div>
    </section>
  );
}
