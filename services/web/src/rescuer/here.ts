/** Where the phone is, in the map's datum. */
import { effect, signal } from "@preact/signals";
import { datum, fix } from "./live";
import { toWgs84 } from "./place";
import type { Place } from "./types";

export const here = signal<Place | null>(null);

effect(() => {
  const found = fix.value;
  const shift = datum.value;
  if (found) void toWgs84(found, shift).then((place) => (here.value = place));
});
