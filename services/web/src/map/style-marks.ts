/** What lies over the streets: minute bands, ways, the selected mark, all marks. */
import type { ExpressionSpecification, LayerSpecification } from "maplibre-gl";
import { FONT, type Look, MARKS } from "./look";
import type { Tone } from "./shapes";

/** Zoom from which marks are named. Stations earlier: without streets they name the towns. */
const NAMED_FROM: Readonly<Record<string, number>> = { patients: 10, stations: 12 };
const TONES: readonly Tone[] = ["red", "green", "amber", "text", "text-soft"];

/** They lie over one another, so the sooner is the stronger; each with an edge of its own and its minutes written on it. */
export function bandLayers({ token }: Look): LayerSpecification[] {
  const by = (...values: number[]): ExpressionSpecification =>
    [
      "match",
      ["get", "step"],
      ...values.flatMap((value, step) => [step, value]),
      values.at(-1) ?? 0,
    ] as unknown as ExpressionSpecification;
  return [
    {
      id: "bands",
      type: "fill",
      source: "bands",
      paint: { "fill-color": token("text-soft"), "fill-opacity": by(0.1, 0.08, 0.06, 0.06) },
    },
    {
      id: "band-edges",
      type: "line",
      source: "bands",
      paint: { "line-color": token("text-soft"), "line-width": by(2, 1.5, 1.2, 1) },
    },
    {
      id: "band-minutes",
      type: "symbol",
      source: "bands",
      layout: {
        "symbol-placement": "line",
        "text-field": ["concat", ["to-string", ["get", "minutes"]], "′"],
        "text-font": FONT,
        "text-size": 12,
        "symbol-spacing": 250,
        "text-rotation-alignment": "viewport",
      },
      paint: {
        "text-color": token("text"),
        "text-halo-color": token("map-halo"),
        "text-halo-width": 1.6,
      },
    },
  ];
}

/** A way through streets is a full line; a straight guess is dashed, so that nobody follows it. */
export const ROUTE_LAYERS = ["route-edges", "routes", "route-guesses"];
const GUESS: ExpressionSpecification = ["get", "guess"];

export function routeLayers({ token }: Look): LayerSpecification[] {
  const layout = { "line-cap": "round", "line-join": "round" } as const;
  const width: ExpressionSpecification = ["match", ["get", "of"], "unit", 5, 3.5];
  const color: ExpressionSpecification = [
    "case",
    ["get", "selected"],
    token("blue"),
    token("text"),
  ];
  return [
    {
      id: "route-edges",
      type: "line",
      source: "routes",
      filter: ["!", GUESS],
      layout,
      paint: { "line-color": token("map-halo"), "line-width": ["+", width, 3] },
    },
    {
      id: "routes",
      type: "line",
      source: "routes",
      filter: ["!", GUESS],
      layout,
      paint: { "line-color": color, "line-width": width },
    },
    {
      id: "route-guesses",
      type: "line",
      source: "routes",
      filter: GUESS,
      layout: { "line-join": "round" },
      paint: { "line-color": color, "line-width": width, "line-dasharray": [2, 1.4] },
    },
  ];
}

export function markLayers({ token }: Look): LayerSpecification[] {
  const tone = (fallback: string): ExpressionSpecification =>
    [
      "match",
      ["get", "tone"],
      ...TONES.flatMap((each) => [each, token(each)]),
      fallback,
    ] as unknown as ExpressionSpecification;
  const layers: LayerSpecification[] = [
    {
      id: "selected",
      type: "circle",
      source: "selected",
      paint: {
        "circle-radius": 19,
        "circle-color": token("blue"),
        "circle-opacity": 0.18,
        "circle-stroke-color": token("blue"),
        "circle-stroke-width": 3,
      },
    },
  ];
  const sizes: Record<string, [number, number]> = {
    stations: [0.22, 0.42],
    aeds: [0.2, 0.45],
    units: [0.35, 0.55],
    responders: [0.3, 0.5],
    patients: [0.5, 0.75],
  };
  for (const [kind, [far, near]] of Object.entries(sizes)) {
    layers.push({
      id: `${MARKS}-${kind}`,
      type: "symbol",
      source: kind,
      layout: {
        "icon-image": ["get", "shape"],
        "icon-size": ["interpolate", ["linear"], ["zoom"], 9, far, 15, near],
        // Nobody is left out because somebody else stands there.
        "icon-allow-overlap": true,
        "icon-ignore-placement": true,
        "text-field": ["step", ["zoom"], "", NAMED_FROM[kind] ?? 15, ["get", "label"]],
        "text-font": FONT,
        "text-size": 12,
        "text-anchor": "top",
        "text-offset": [0, 1],
        "text-optional": true,
        "text-max-width": 9,
      },
      paint: {
        "icon-color": tone(token("text")),
        "icon-halo-color": token("map-halo"),
        "icon-halo-width": 1.5,
        "icon-opacity": ["case", ["get", "faint"], 0.45, 1],
        "text-color": token("text"),
        "text-halo-color": token("map-halo"),
        "text-halo-width": 1.6,
        "text-opacity": ["case", ["get", "faint"], 0.6, 1],
      },
    });
  }
  return layers;
}
