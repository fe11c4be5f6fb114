/** How the map looks: from the page's own tokens, in its language, with what there is to draw. */
import type { LayerSpecification, SourceSpecification, StyleSpecification } from "maplibre-gl";
import type { Basemap } from "./basemap";
import { NETS } from "./cells";
import { EMPTY, FONT, type Look } from "./look";
import { bandLayers, markLayers, routeLayers } from "./style-marks";
import { labelLayers, streetLayers } from "./style-streets";

export function styleOf(basemap: Basemap, look: Look): StyleSpecification {
  const sources: Record<string, SourceSpecification> = {};
  const layers: LayerSpecification[] = [
    { id: "land", type: "background", paint: { "background-color": look.token("map-land") } },
  ];
  if (basemap.streets) {
    sources["streets"] = {
      type: "vector",
      url: `pmtiles://${new URL(basemap.streets.url, location.origin).href}`,
    };
    layers.push(...streetLayers(look));
  }
  for (const id of [...Object.keys(NETS), "bands", "routes"]) {
    sources[id] = { type: "geojson", data: EMPTY };
  }
  if (!basemap.streets) layers.push(...netLayers(look));
  if (basemap.boundaries) {
    sources["boundaries"] = {
      type: "geojson",
      data: new URL(basemap.boundaries.url, location.origin).href,
    };
    layers.push(...boundaryLayers(look));
  }
  sources["selected"] = { type: "geojson", data: EMPTY };
  for (const kind of ["stations", "aeds", "units", "responders", "patients"]) {
    sources[kind] = { type: "geojson", data: EMPTY, promoteId: "id" };
  }
  layers.push(...bandLayers(look), ...routeLayers(look));
  if (basemap.streets) layers.push(...labelLayers(look));
  layers.push(...markLayers(look));
  return { version: 8, sources, layers };
}

function netLayers({ token }: Look): LayerSpecification[] {
  const paint = { "line-color": token("map-road-strong"), "line-width": 1, "line-opacity": 0.6 };
  return Object.entries(NETS).map(([id, { from, to }]) => ({
    id,
    type: "line",
    source: id,
    minzoom: from,
    maxzoom: to,
    paint,
  }));
}

function boundaryLayers({ token }: Look): LayerSpecification[] {
  return [
    {
      id: "boundaries",
      type: "line",
      source: "boundaries",
      paint: {
        "line-color": token("map-label"),
        "line-width": 1.2,
        "line-dasharray": [5, 2, 1, 2],
      },
    },
    {
      id: "boundary-names",
      type: "symbol",
      source: "boundaries",
      maxzoom: 12,
      layout: { "text-field": ["get", "name"], "text-font": FONT, "text-size": 13 },
      paint: {
        "text-color": token("map-label"),
        "text-halo-color": token("map-halo"),
        "text-halo-width": 1.4,
      },
    },
  ];
}
