/** Taking the selected mark to another place with mouse or finger. */
import type { Map as GlMap, MapMouseEvent, MapTouchEvent } from "maplibre-gl";
import type { Place } from "./types";

type Press = MapMouseEvent | MapTouchEvent;

/** Nearer than this it was a click with an unsteady hand (pixels). */
const STEADY_PX = 4;

export interface Drag {
  /** Whether this press is on something that may be dragged. */
  readonly held: (event: Press) => boolean;
  readonly follow: (place: Place) => void;
  readonly dropped: (place: Place) => void;
  /** The press ended where it began, or was broken off. */
  readonly stayed: () => void;
}

export const pointAt = ({ latitude, longitude }: Place): GeoJSON.FeatureCollection => ({
  type: "FeatureCollection",
  features: [
    {
      type: "Feature",
      properties: {},
      geometry: { type: "Point", coordinates: [longitude, latitude] },
    },
  ],
});

export function letDrag(map: GlMap, drag: Drag): void {
  const place = ({ lngLat }: Press): Place => {
    const { lat, lng } = lngLat.wrap();
    return { latitude: lat, longitude: lng };
  };
  const begin = (event: Press, move: "mousemove" | "touchmove", end: "mouseup" | "touchend") => {
    // A second finger means the map.
    if ("touches" in event.originalEvent && event.originalEvent.touches.length > 1) return;
    if (!drag.held(event)) return;
    event.preventDefault(); // the map itself stays where it is
    const from = event.point;
    const follow = (at: Press): void => drag.follow(place(at));
    const finish = (at: Press): void => {
      map.off(move, follow);
      if (at.point.dist(from) < STEADY_PX) drag.stayed();
      else drag.dropped(place(at));
    };
    map.on(move, follow);
    map.once(end, finish);
  };
  map.on("mousedown", (event) => begin(event, "mousemove", "mouseup"));
  map.on("touchstart", (event) => begin(event, "touchmove", "touchend"));
}
