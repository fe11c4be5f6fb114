/** The map of the open incident; its own chunk, so that the queue is there before it. */
import { useMemo } from "preact/hooks";
import { now } from "@/common/clock";
import { IncidentMap } from "@/map";
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
  const view = useMemo(() => {
    if (place && id) {
      const fetched = opened.incident.alerts.flatMap((alert) => {
        const aed = alert.aed_id ? aeds.peek().get(alert.aed_id) : undefined;
        return aed && alert.ended_at === null ? [aed.place] : [];
      });
      return { key: `${id} ${place.latitude} ${place.longitude}`, places: viewOf(place, fetched) };
    }
    const all = [...rows.values()].map((row) => row.place);
    return all.length > 0 && !id ? { key: "all", places: all } : undefined;
  }, [id, place?.latitude, place?.longitude, rows.size === 0]);
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
      selected={id ? { kind: "patients", id } : null}
      onSelect={(chosen) => {
        if (chosen?.kind === "patients") openIncident(chosen.id);
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
