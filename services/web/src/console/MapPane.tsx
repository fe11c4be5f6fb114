/** The map of the open incident; its own chunk, so that the queue is there before it. */
import { useMemo } from "preact/hooks";
import { now } from "@/common/clock";
import { IncidentMap, type Selected } from "@/map";
import { openIncident } from "./actions";
import {
  aedsOnMap,
  believedOnMap,
  patientsOnMap,
  respondersOnMap,
  unitsOnMap,
  viewOf,
  waysOnMap,
} from "./marks";
import { bandsFrom, type BandsFrom, reach, ways } from "./whereto";
import { aeds, openNow, stations, units } from "./registers";
import * as state from "./state";
import { t } from "./words";

/** How often remaining times on the map are written anew; the panel's clocks run every second. */
const EVERY_MS = 5000;

/** A unit, an AED or a station that was clicked says what it is. */
function shownOf({ kind, id }: Selected): state.Shown | null {
  if (kind !== "units" && kind !== "aeds" && kind !== "stations") return null;
  const unit = units.value.get(id);
  const named = kind === "aeds" ? aeds.value.get(id) : stations.value.get(id);
  const place = kind === "units" ? unit?.place : named?.place;
  return place ? { kind, id, label: named?.name ?? id, place } : null;
}

export default function MapPane() {
  const rows = state.rows.value;
  const opened = state.opened.value;
  const live = state.live.value;
  const id = state.selected.value;
  const at = Math.floor(now.value / EVERY_MS) * EVERY_MS;
  const placing = state.panel.value === "intake" || state.form.value === "place";
  const patients = useMemo(() => patientsOnMap(rows.values()), [rows]);
  const way = ways.value;
  const responders = useMemo(
    () => [...respondersOnMap(live, at), ...believedOnMap(way, live, at)],
    [live, way, at],
  );
  const unitMarks = useMemo(() => unitsOnMap(units.value, live, at), [units.value, live, at]);
  const aedMarks = useMemo(() => aedsOnMap(aeds.value, openNow.value), [aeds.value, openNow.value]);
  const stationMarks = useMemo(
    () =>
      [...stations.value.values()].map((each) => ({
        id: each.id,
        place: each.place,
        label: each.name,
        hospital: each.hospital,
      })),
    [stations.value],
  );
  const place = opened?.incident.place;
  const routes = useMemo(
    () => waysOnMap(live, place, aeds.value, way),
    [live, place?.latitude, place?.longitude, aeds.value, way],
  );
  const from = bandsFrom.value;
  const coming = reach.value;
  const bands = useMemo(
    () =>
      ((from === "coming" ? coming?.union : opened?.plan?.plan.circle) ?? []).map((band) => ({
        minutes: band.within_s / 60,
        cells: band.cells,
      })),
    [from, coming, opened?.plan?.number, opened?.incident.id],
  );
  const shown = state.shown.value;
  const view = useMemo(() => {
    if (shown) return { key: `shown ${shown.kind} ${shown.id}`, places: [shown.place] };
    if (place && id) {
      const fetched = opened.incident.alerts.flatMap((alert) => {
        const aed = alert.aed_id ? aeds.peek().get(alert.aed_id) : undefined;
        return aed && alert.ended_at === null ? [aed.place] : [];
      });
      return { key: `${id} ${place.latitude} ${place.longitude}`, places: viewOf(place, fetched) };
    }
    const all = [...rows.values()].map((row) => row.place);
    return all.length > 0 && !id ? { key: "all", places: all } : undefined;
  }, [shown, id, place?.latitude, place?.longitude, rows.size === 0]);
  return (
    <IncidentMap
      label={t("map.slot")}
      patients={patients}
      responders={responders}
      aeds={aedMarks}
      units={unitMarks}
      stations={stationMarks}
      routes={routes}
      bands={bands}
      placing={placing}
      selected={shown ?? (id ? { kind: "patients", id } : null)}
      onSelect={(chosen) => {
        if (chosen?.kind === "patients") openIncident(chosen.id);
        else if (chosen) state.shown.value = shownOf(chosen);
      }}
      onPlace={(chosen) => {
        if (placing) state.picked.value = chosen;
      }}
      bandsChoice={{
        options: [
          { id: "patient", label: t("map.bands") },
          { id: "coming", label: t("map.bands.coming") },
        ],
        chosen: from,
        onChoose: (id) => (bandsFrom.value = id as BandsFrom),
      }}
      {...(view ? { view } : {})}
    />
  );
}
