/** How what is planned looks on the map. */
import type { ExpressionSpecification, LayerSpecification } from "maplibre-gl";
import { FONT, type Look } from "@/map/look";
import { STEPS } from "./scale";

export const SOURCES = [
  "plan-cells-far",
  "plan-cells",
  "plan-circle",
  "plan-gaps",
  "plan-picked",
  "plan-recruits",
  "plan-moves",
  "plan-stations",
  "plan-aeds",
  "plan-found",
] as const;
/** Zoom from which single cells are large enough to be seen. */
const NEAR_FROM = 10.5;
export type Source = (typeof SOURCES)[number];

/** Layers of sites that take clicks and can be dragged, by their source. */
export const SITE_LAYERS = ["plan-stations", "plan-aeds"] as const;

export function planLayers({ token }: Look): LayerSpecification[] {
  const colour = [
    "match",
    ["get", "step"],
    ...Array.from({ length: STEPS }, (_, step) => [String(step), token(`scale-${step}`)]).flat(),
    "worse",
    token("amber"),
    "rgba(0,0,0,0)",
  ] as unknown as ExpressionSpecification;
  const line = (
    source: Source,
    name: string,
    width: number,
    dash?: number[],
  ): LayerSpecification => ({
    id: source,
    type: "line",
    source,
    layout: { "line-join": "round" },
    paint: {
      "line-color": token(name),
      "line-width": width,
      ...(dash ? { "line-dasharray": dash } : {}),
    },
  });
  const sites = (source: Source, far: number, near: number, named: number): LayerSpecification => ({
    id: source,
    type: "symbol",
    source,
    layout: {
      "icon-image": ["get", "shape"],
      "icon-size": ["interpolate", ["linear"], ["zoom"], 9, far, 15, near],
      "icon-allow-overlap": true,
      "icon-ignore-placement": true,
      "text-field": ["step", ["zoom"], "", named, ["get", "label"]],
      "text-font": FONT,
      "text-size": 12,
      "text-anchor": "top",
      "text-offset": [0, 1],
      "text-optional": true,
      "text-max-width": 9,
    },
    paint: {
      "icon-color": token("text"),
      "icon-halo-color": token("map-halo"),
      // A small icon has a small field around it: a wider halo would be a square.
      "icon-halo-width": ["interpolate", ["linear"], ["zoom"], 9, 0.6, 15, 1.5],
      "icon-opacity": ["match", ["get", "state"], "removed", 0.3, 1],
      "text-color": token("text"),
      "text-halo-color": token("map-halo"),
      "text-halo-width": 1.6,
    },
  });
  const changed = (source: Source): LayerSpecification => ({
    id: `${source}-changed`,
    type: "circle",
    source,
    filter: ["!=", ["get", "state"], "as is"],
    paint: {
      "circle-radius": 12,
      "circle-color": token("map-halo"),
      "circle-opacity": 0.75,
      "circle-stroke-color": token("blue"),
      "circle-stroke-width": 2.5,
    },
  });
  return [
    {
      id: "plan-cells-far",
      type: "fill",
      source: "plan-cells-far",
      maxzoom: NEAR_FROM,
      paint: { "fill-color": colour, "fill-opacity": 0.72, "fill-antialias": false },
    },
    {
      id: "plan-cells",
      type: "fill",
      source: "plan-cells",
      minzoom: NEAR_FROM,
      paint: { "fill-color": colour, "fill-opacity": 0.72, "fill-antialias": false },
    },
    line("plan-circle", "text", 2, [4, 2]),
    line("plan-gaps", "amber", 2.5),
    line("plan-picked", "blue", 4),
    {
      id: "plan-recruits-fill",
      type: "fill",
      source: "plan-recruits",
      paint: { "fill-color": token("blue"), "fill-opacity": 0.15 },
    },
    line("plan-recruits", "blue", 2),
    line("plan-moves", "blue", 2.5, [2, 1]),
    changed("plan-stations"),
    changed("plan-aeds"),
    sites("plan-stations", 0.22, 0.42, 12),
    sites("plan-aeds", 0.18, 0.45, 15),
    {
      id: "plan-found",
      type: "circle",
      source: "plan-found",
      paint: {
        "circle-radius": 11,
        "circle-color": token("blue-fill"),
        "circle-stroke-color": token("blue"),
        "circle-stroke-width": 2.5,
      },
    },
    {
      id: "plan-found-number",
      type: "symbol",
      source: "plan-found",
      layout: {
        "text-field": ["get", "number"],
        "text-font": FONT,
        "text-size": 12,
        "text-allow-overlap": true,
      },
      paint: { "text-color": token("on-blue") },
    },
  ];
}

/** Which layers a switch in the legend shows or hides. */
export const SWITCHES = {
  cells: ["plan-cells", "plan-cells-far"],
  circle: ["plan-circle"],
  gaps: ["plan-gaps"],
  aeds: ["plan-aeds", "plan-aeds-changed"],
  stations: ["plan-stations", "plan-stations-changed"],
} as const;
export type Switch = keyof typeof SWITCHES;
