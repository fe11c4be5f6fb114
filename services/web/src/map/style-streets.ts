/** Streets, water, houses and their names, as the tiles have them (docs/capabilities/basemap.md). */
import type { ExpressionSpecification, LayerSpecification } from "maplibre-gl";
import type { Language } from "@/i18n";
import { FONT, type Look } from "./look";

const kinds = (...names: string[]): ExpressionSpecification => [
  "match",
  ["get", "kind"],
  names,
  true,
  false,
];

/** Line width by zoom: metres on the ground stay metres when one looks closer. */
const wide = (at10: number, at14: number, at18: number): ExpressionSpecification => [
  "interpolate",
  ["exponential", 1.6],
  ["zoom"],
  10,
  at10,
  14,
  at14,
  18,
  at18,
];

export function streetLayers({ token }: Look): LayerSpecification[] {
  const from = { source: "streets" } as const;
  const green = token("map-green");
  const road = (
    id: string,
    names: string[],
    color: string,
    width: ExpressionSpecification,
  ): LayerSpecification[] => {
    const shared = {
      type: "line",
      ...from,
      "source-layer": "road",
      layout: { "line-cap": "round", "line-join": "round" },
    } as const;
    return [
      {
        ...shared,
        id: `${id}-tunnel`,
        filter: ["all", kinds(...names), ["==", ["get", "tunnel"], true]],
        paint: {
          "line-color": color,
          "line-width": width,
          "line-opacity": 0.45,
          "line-dasharray": [2, 1.5],
        },
        layout: { "line-cap": "butt", "line-join": "round" },
      },
      {
        ...shared,
        id,
        filter: ["all", kinds(...names), ["!=", ["get", "tunnel"], true]],
        paint: { "line-color": color, "line-width": width },
      },
    ];
  };
  return [
    {
      id: "built-up",
      type: "fill",
      ...from,
      "source-layer": "landuse",
      filter: kinds(
        "residential",
        "commercial",
        "industrial",
        "school",
        "hospital",
        "square",
        "rock",
      ),
      paint: { "fill-color": token("map-building"), "fill-opacity": 0.45 },
    },
    {
      id: "green",
      type: "fill",
      ...from,
      "source-layer": "landuse",
      filter: kinds("wood", "park", "grass", "pitch", "cemetery", "farmland", "sand"),
      paint: {
        "fill-color": green,
        "fill-opacity": ["match", ["get", "kind"], ["farmland", "sand"], 0.5, 1],
      },
    },
    {
      id: "water",
      type: "fill",
      ...from,
      "source-layer": "water",
      paint: { "fill-color": token("map-water") },
    },
    {
      id: "waterway",
      type: "line",
      ...from,
      "source-layer": "waterway",
      filter: ["!=", ["get", "tunnel"], true],
      paint: { "line-color": token("map-water"), "line-width": wide(1, 2.5, 10) },
    },
    {
      id: "building",
      type: "fill",
      ...from,
      "source-layer": "building",
      minzoom: 13.5,
      paint: { "fill-color": token("map-building"), "fill-outline-color": token("map-road") },
    },
    ...road("path", ["path", "steps", "track"], token("map-road"), wide(0.2, 0.8, 3)),
    {
      id: "steps",
      type: "line",
      ...from,
      "source-layer": "road",
      minzoom: 15,
      filter: kinds("steps"),
      paint: {
        "line-color": token("map-label"),
        "line-width": wide(0.5, 1, 6),
        "line-dasharray": [0.4, 0.4],
      },
    },
    ...road("service", ["service", "pedestrian"], token("map-road"), wide(0.3, 1, 9)),
    ...road("minor", ["minor", "link"], token("map-road"), wide(0.5, 2, 16)),
    ...road("middle", ["tertiary", "secondary"], token("map-road-strong"), wide(1, 3, 20)),
    ...road("great", ["primary", "trunk", "motorway"], token("map-road-strong"), wide(1.5, 4, 26)),
    {
      id: "bridge",
      type: "line",
      ...from,
      "source-layer": "road",
      minzoom: 13,
      filter: [
        "all",
        ["==", ["get", "bridge"], true],
        kinds(
          "motorway",
          "trunk",
          "primary",
          "secondary",
          "tertiary",
          "minor",
          "link",
          "path",
          "pedestrian",
        ),
      ],
      paint: {
        "line-color": token("map-label"),
        "line-gap-width": wide(1, 3.5, 22),
        "line-width": 0.8,
        "line-opacity": 0.7,
      },
    },
    {
      id: "ferry",
      type: "line",
      ...from,
      "source-layer": "road",
      filter: kinds("ferry"),
      paint: { "line-color": token("map-label"), "line-width": 0.8, "line-dasharray": [4, 3] },
    },
    {
      id: "railway",
      type: "line",
      ...from,
      "source-layer": "railway",
      filter: ["!=", ["get", "tunnel"], true],
      paint: {
        "line-color": token("map-label"),
        "line-width": wide(0.6, 1.2, 3),
        "line-opacity": 0.8,
      },
    },
    {
      id: "railway-ties",
      type: "line",
      ...from,
      "source-layer": "railway",
      minzoom: 13,
      filter: ["!=", ["get", "tunnel"], true],
      paint: {
        "line-color": token("map-label"),
        "line-width": wide(2, 4, 9),
        "line-dasharray": [0.2, 2.5],
        "line-opacity": 0.8,
      },
    },
  ];
}

export function labelLayers(look: Look): LayerSpecification[] {
  const { token } = look;
  const name = named(look.language);
  const paint = {
    "text-color": token("map-label"),
    "text-halo-color": token("map-halo"),
    "text-halo-width": 1.4,
  };
  const from = { source: "streets", type: "symbol", paint } as const;
  return [
    {
      ...from,
      id: "house-numbers",
      "source-layer": "address",
      minzoom: 16.5,
      layout: { "text-field": ["get", "number"], "text-font": FONT, "text-size": 11 },
    },
    {
      ...from,
      id: "street-names",
      "source-layer": "road",
      minzoom: 12,
      filter: ["has", "name"],
      layout: {
        "symbol-placement": "line",
        "text-field": name,
        "text-font": FONT,
        "text-size": ["interpolate", ["linear"], ["zoom"], 12, 11, 18, 14],
        "text-max-angle": 30,
        "symbol-spacing": 300,
      },
    },
    {
      ...from,
      id: "water-names",
      "source-layer": "waterway",
      minzoom: 11,
      filter: ["has", "name"],
      layout: {
        "symbol-placement": "line",
        "text-field": name,
        "text-font": FONT,
        "text-size": 12,
        "text-letter-spacing": 0.1,
      },
    },
    {
      ...from,
      id: "lake-names",
      "source-layer": "water",
      minzoom: 13,
      filter: ["has", "name"],
      layout: { "text-field": name, "text-font": FONT, "text-size": 12, "text-max-width": 7 },
    },
    {
      ...from,
      id: "landmarks",
      "source-layer": "poi",
      minzoom: 12,
      layout: {
        "text-field": name,
        "text-font": FONT,
        "text-size": 12,
        "text-max-width": 8,
        "symbol-sort-key": ["match", ["get", "kind"], "hospital", 0, "station", 1, 2],
      },
    },
    {
      ...from,
      id: "places",
      "source-layer": "place",
      layout: {
        "text-field": name,
        "text-font": FONT,
        "text-size": [
          "match",
          ["get", "kind"],
          "city",
          18,
          "town",
          16,
          ["suburb", "village"],
          14,
          12,
        ],
        "symbol-sort-key": ["match", ["get", "kind"], "city", 0, "town", 1, "suburb", 2, 3],
      },
    },
  ];
}

function named(language: Language): ExpressionSpecification {
  return ["coalesce", ["get", language === "en" ? "name_en" : "name_zh"], ["get", "name"]];
}
