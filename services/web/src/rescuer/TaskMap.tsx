/** The map of the way, under the next step; loaded when a task needs it. */
import { signal } from "@preact/signals";
import type { ComponentType } from "preact";
import { useEffect, useMemo } from "preact/hooks";
import { theme } from "@/common/theme";
import type { IncidentMapProps } from "@/map";
import { Skeleton } from "@/ui/Bits";
import { here } from "./here";
import { isAccepted } from "./project";
import type { Place, Task } from "./types";
import { readWay, routesOf, way } from "./way";
import { w } from "./words";

const drawing = signal<ComponentType<IncidentMapProps> | null>(null);

/** The map's own part of the page; it brings its engine along. */
export function LazyMap(props: IncidentMapProps) {
  useEffect(() => {
    if (!drawing.peek()) void import("@/map").then((map) => (drawing.value = map.IncidentMap));
  }, []);
  const Drawing = drawing.value;
  return (
    <div class="map-frame" data-theme={theme.value}>
      {Drawing ? <Drawing {...props} /> : <Skeleton lines={6} />}
    </div>
  );
}

interface Props {
  readonly task: Task;
  /** Whether the AED comes first on the way. */
  readonly viaAed: boolean;
}

export function TaskMap({ task, viaAed }: Props) {
  const me = here.value;
  const { place, aed } = task;
  const found = way.value;
  useEffect(() => {
    if (isAccepted(task.state)) void readWay(task.alert_id);
  }, [task, viaAed, me !== null]);
  const mine = me && `${me.latitude.toFixed(4)} ${me.longitude.toFixed(4)}`;
  const shown = useMemo((): IncidentMapProps | null => {
    if (!place) return null;
    const stops: Place[] = [...(me ? [me] : []), ...(viaAed && aed ? [aed.place] : []), place];
    return {
      label: w("task.map"),
      plain: true,
      patients: [{ id: "patient", place, label: w("map.patient"), state: "waiting" }],
      aeds: viaAed && aed ? [{ id: aed.id, place: aed.place, label: "AED", state: "open" }] : [],
      responders: me
        ? [{ id: "me", place: me, label: w("map.me"), task: task.task, state: "accepted" }]
        : [],
      routes: routesOf(task, viaAed, me),
      view: { key: `${task.alert_id} ${viaAed} ${me !== null}`, places: stops },
    };
    // Anew only for what moves the picture: a position that jitters does not.
  }, [place?.latitude, place?.longitude, aed?.id, viaAed, mine, found]);
  if (!shown) return null;
  const straight = shown.routes?.some((route) => route.guess);
  return (
    <>
      <LazyMap {...shown} />
      {straight && <p class="soft">{w("task.straight")}</p>}
    </>
  );
}
