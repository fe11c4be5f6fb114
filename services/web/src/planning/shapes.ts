/** What lies on the planner's map, as shapes. */
import { cellsToMultiPolygon, cellToBoundary, cellToParent, getResolution } from "h3-js";
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

const ORDER = ["worse", "none", "0", "1", "2", "3", "4", "5"];
/** From afar seven times seven cells are drawn as one. */
const COARSER = 2;

/**
 * The same from afar, where single cells are smaller than a point of the screen: each larger cell
 * has the step in which half of its expected arrests are reached.
 */
export function farShapes(cells: readonly Cell[], stepOf: ReadonlyMap<string, Step>): Shapes {
  const weights = new Map<string, Map<string, number>>();
  for (const { cell, arrests_per_year } of cells) {
    const parent = cellToParent(cell, Math.max(0, getResolution(cell) - COARSER));
    const step = String(stepOf.get(cell) ?? "none");
    const inside = weights.get(parent) ?? new Map<string, number>();
    // Where nobody is expected to need help a cell still counts for something.
    inside.set(step, (inside.get(step) ?? 0) + arrests_per_year + 1e-9);
    weights.set(parent, inside);
  }
  return collection(
    [...weights].map(([cell, inside]) => {
      const half = [...inside.values()].reduce((a, b) => a + b, 0) / 2;
      let sum = 0;
      const step = ORDER.find((each) => (sum += inside.get(each) ?? 0) >= half) ?? "none";
      return {
        type: "Feature",
        properties: { cell, step },
        geometry: { type: "Polygon", coordinates: [cellToBoundary(cell, true)] },
      };
    }),
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
