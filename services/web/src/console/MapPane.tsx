/** The map of the open incident; its own chunk, so that the queue is there before it. */
import { useMemo } from "preact/hooks";
import { now } from "@/common/clock";
import { IncidentMap } from "@/map";
import { openIncident } from "./actions";
import { aedsOnMap, patientsOnMap, respondersOnMap, unitsOnMap, waysOnMap } from "./marks";
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
  const responders = useMemo(() => respondersOnMap(live, at), [live, at]);
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
    () => waysOnMap(live, place, aeds.value),
    [live, place?.latitude, place?.longitude, aeds.value],
  );
  const bands = useMemo(
    () =>
      (opened?.plan?.plan.circle ?? []).map((band) => ({
        minutes: band.within_s / 60,
        cells: band.cells,
      })),
    [opened?.plan?.number, opened?.incident.id],
  );
  const view = useMemo(() => {
    if (place && id) {
      return { key: `${id} ${place.latitude} ${place.longitude}`, places: [place] };
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
      bandsLabel={t("map.bands")}
      {...(view ? { view } : {})}
    />
  );
}
