/** A dot on the map: does it stand where its owner stands? */
import { useMemo } from "preact/hooks";
import { LazyMap } from "./TaskMap";
import type { Place } from "./types";
import { w } from "./words";

export function DotMap({ place }: { place: Place }) {
  const { latitude, longitude } = place;
  const shown = useMemo(
    () => ({
      responders: [
        {
          id: "me",
          place: { latitude, longitude },
          label: w("map.me"),
          task: "direct",
          state: "accepted",
        } as const,
      ],
      view: { key: `${latitude} ${longitude}`, places: [{ latitude, longitude }] },
    }),
    [latitude, longitude],
  );
  return (
    <>
      <LazyMap label={w("datum.test")} plain {...shown} />
      <p class="soft numbers">
        {w("task.coordinates", {
          latitude: latitude.toFixed(5),
          longitude: longitude.toFixed(5),
        })}
      </p>
    </>
  );
}
