/** Ways as lines for the map. */
import type { Route } from "./types";

/** `selected` is the id of what is chosen: its way is drawn so. */
export const linesOf = (
  routes: readonly Route[],
  selected: string | undefined,
): GeoJSON.FeatureCollection<GeoJSON.LineString> => ({
  type: "FeatureCollection",
  features: routes
    .filter((route) => route.points.length > 1)
    .map((route) => ({
      type: "Feature",
      properties: {
        of: route.of,
        guess: route.guess === true,
        selected: route.id === selected,
      },
      geometry: {
        type: "LineString",
        coordinates: route.points.map((each) => [each.longitude, each.latitude]),
      },
    })),
});
