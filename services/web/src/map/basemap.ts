/** What there is to draw on: asked of the gateway once, kept for the page's life. */
import type { components } from "@/api/generated/gateway";
import { data, gateway } from "@/common/api";

export type Basemap = components["schemas"]["BasemapOut"];

export const NOTHING: Basemap = { streets: null, boundaries: null, centre: null, bounds: null };

let asked: Promise<Basemap> | null = null;

/** Never fails: a map without streets is better than none, and the next map asks again. */
export function basemap(): Promise<Basemap> {
  return (asked ??= ask());
}

async function ask(): Promise<Basemap> {
  try {
    return data(await gateway.GET("/basemap")) as Basemap;
  } catch {
    asked = null;
    return NOTHING;
  }
}
