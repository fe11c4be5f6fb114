/** Which mark a click means. */
import type { Map as GlMap, MapMouseEvent, MapTouchEvent } from "maplibre-gl";
import { MARKS } from "./look";
import type { Kind, Selected } from "./types";

/** Fingers and hurried mice: a click this near to a mark means it (pixels). */
const NEAR_PX = 14;

/** What is drawn on top is meant; among equals what lies nearest; null is none. */
export function markAt(
  map: GlMap,
  kinds: readonly Kind[],
  { point }: MapMouseEvent | MapTouchEvent,
): Selected | null {
  const found = map.queryRenderedFeatures(
    [
      [point.x - NEAR_PX, point.y - NEAR_PX],
      [point.x + NEAR_PX, point.y + NEAR_PX],
    ],
    { layers: kinds.map((kind) => `${MARKS}-${kind}`) },
  );
  let best: { selected: Selected; rank: number } | null = null;
  for (const { geometry, properties } of found) {
    if (geometry.type !== "Point") continue;
    const [longitude = 0, latitude = 0] = geometry.coordinates;
    const at = map.project([longitude, latitude]);
    const rank = Number(properties["order"]) * 1000 - Math.hypot(at.x - point.x, at.y - point.y);
    if (best && best.rank >= rank) continue;
    const selected = { kind: properties["kind"] as Kind, id: String(properties["id"]) };
    best = { selected, rank };
  }
  return best?.selected ?? null;
}
