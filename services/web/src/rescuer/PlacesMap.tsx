/** One's areas as hexagons, drawn to scale against each other. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { cellOutline } from "./place";
import type { Place } from "./types";
import { w } from "./words";

export function PlacesMap({ cells }: { cells: readonly string[] }) {
  const outlines = useSignal<Place[][]>([]);
  useEffect(() => {
    void Promise.all(cells.map(cellOutline)).then((found) => (outlines.value = found));
  }, [cells.join(" ")]);
  const all = outlines.value.flat();
  if (all.length === 0) return null;
  const squeeze = Math.cos(((all[0]?.latitude ?? 0) * Math.PI) / 180);
  const xs = all.map((place) => place.longitude * squeeze);
  const ys = all.map((place) => -place.latitude);
  const [left, top] = [Math.min(...xs), Math.min(...ys)];
  const size = Math.max(Math.max(...xs) - left, Math.max(...ys) - top);
  const scale = 280 / size;
  const points = (outline: Place[]): string =>
    outline
      .map(
        ({ latitude, longitude }) =>
          `${10 + (longitude * squeeze - left) * scale},${10 + (-latitude - top) * scale}`,
      )
      .join(" ");
  return (
    <svg class="places-map" viewBox="0 0 300 300" role="img" aria-label={w("places.map")}>
      {outlines.value.map((outline, index) => (
        <polygon key={cells[index]} points={points(outline)} />
      ))}
    </svg>
  );
}
