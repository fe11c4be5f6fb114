/** What lies on the planner's map, as shapes. */
import { cellsToMultiPolygon, cellToBoundary } from "h3-js";
import type { EditedSites } from "./changes";
import type { Step } from "./scale";
import type { Cell, FoundSite, Place, Tier } from "./types";

export type Shapes = GeoJSON.FeatureCollection;

const collection = (features: GeoJSON.Feature[]): Shapes => ({
  type: "FeatureCollection",
  features,
});
const point = (place: Place): GeoJSON.Point => ({
  type: "Point",
  coordinates: [place.longitude, place.latitude],
});

/** Each cell with its step; cells without one are there to be clicked, and not seen. */
export function cellShapes(cells: readonly Cell[], stepOf: ReadonlyMap<string, Step>): Shapes {
  return collection(
    cells.map(({ cell }) => ({
      type: "Feature",
      properties: { cell, step: String(stepOf.get(cell) ?? "none") },
      geometry: { type: "Polygon", coordinates: [cellToBoundary(cell, true)] },
    })),
  );
}

/** One area with one edge, whatever cells it is made of. */
export function outline(cells: readonly string[]): Shapes {
  if (cells.length === 0) return collection([]);
  return collection([
    {
      type: "Feature",
      properties: {},
      geometry: { type: "MultiPolygon", coordinates: cellsToMultiPolygon([...cells], true) },
    },
  ]);
}

/** What a tier reaches within so many seconds. */
export const reached = (cells: readonly Cell[], tier: Tier, within: number): readonly string[] =>
  cells
    .filter((each) => (each.nearest_s[tier] ?? Number.POSITIVE_INFINITY) <= within)
    .map((each) => each.cell);

const EARTH_M = 6_371_008.8;
const SIDES = 48;

/** A circle on the ground, for a radius that was asked for in metres. */
export function circle(place: Place, radius: number): GeoJSON.Polygon {
  const reach = (radius / EARTH_M) * (180 / Math.PI);
  const narrow = Math.max(0.01, Math.cos((place.latitude * Math.PI) / 180));
  const ring = Array.from({ length: SIDES + 1 }, (_, at): [number, number] => {
    const angle = (2 * Math.PI * at) / SIDES;
    return [
      place.longitude + (reach * Math.cos(angle)) / narrow,
      place.latitude + reach * Math.sin(angle),
    ];
  });
  return { type: "Polygon", coordinates: [ring] };
}

export const recruitShapes = (recruits: EditedSites["recruits"]): Shapes =>
  collection(
    recruits.map((each) => ({
      type: "Feature",
      properties: { label: `+${each.count}` },
      geometry: circle(each, each.radius_m),
    })),
  );

/** Registered places with what becomes of them here. */
export function siteShapes(edited: EditedSites): { aeds: Shapes; stations: Shapes } {
  return {
    aeds: collection(
      edited.aeds.map(({ site, state }) => ({
        type: "Feature",
        properties: {
          id: site.id,
          kind: "aeds",
          state,
          label: site.name,
          shape: site.hours ? "aeds.open" : "aeds.doubtful",
        },
        geometry: point(site),
      })),
    ),
    stations: collection(
      edited.stations.map(({ site, state }) => ({
        type: "Feature",
        properties: {
          id: site.id,
          kind: "stations",
          state,
          label: site.name,
          shape: site.hospital ? "stations.hospital" : "stations.station",
        },
        geometry: point(site),
      })),
    ),
  };
}

export const foundShapes = (sites: readonly FoundSite[]): Shapes =>
  collection(
    sites.map((site, at) => ({
      type: "Feature",
      properties: { number: String(at + 1) },
      geometry: point(site),
    })),
  );

export const moveShapes = (moves: readonly { from: Place; to: Place }[]): Shapes =>
  collection(
    moves.map(({ from, to }) => ({
      type: "Feature",
      properties: {},
      geometry: {
        type: "LineString",
        coordinates: [
          [from.longitude, from.latitude],
          [to.longitude, to.latitude],
        ],
      },
    })),
  );
