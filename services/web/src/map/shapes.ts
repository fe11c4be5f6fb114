/**
 * The marks' shapes, on a grid of 24, as filled areas: drawn into the map, the sketch and the
 * legend alike. Each can be told from the others without any colour.
 */
import type { AnyMark, Kind, ResponderMark, StationMark } from "./types";

const HEART = "M12 20.6 4 12.7a5.1 5.1 0 0 1 7.2-7.3l.8.9.8-.9A5.1 5.1 0 0 1 20 12.7Z";
const DISC = "M12 2a10 10 0 1 1 0 20 10 10 0 0 1 0-20Z";
const CAR = "M2.5 7h10.5a1 1 0 0 1 1 1v1h3.6l3.9 4v4.5h-19Z";

/** Even-odd paths: what is drawn inside an area is cut out of it. */
export const SHAPES = {
  "patients.waiting": `${DISC}M12 5.2a6.8 6.8 0 1 1 0 13.6 6.8 6.8 0 0 1 0-13.6ZM12 8.4a3.6 3.6 0 1 1 0 7.2 3.6 3.6 0 0 1 0-7.2Z`,
  "patients.reached": `${DISC}M10.5 16.5 6 12l1.7-1.7 2.8 2.8 5.8-5.8L18 9Z`,
  "responders.direct": "M12 2.5 22 20.5H2Z",
  "responders.via_aed": "M12 1.5 22.5 12 12 22.5 1.5 12Z",
  "responders.guide": "M3.5 3.5h17v17h-17Z",
  "aeds.open": HEART,
  "aeds.closed": `${HEART}M12 17.6l5.9-5.9a2.9 2.9 0 0 0-4.1-4.2L12 9.6 10.2 7.5a2.9 2.9 0 0 0-4.1 4.2Z`,
  "aeds.doubtful": `${HEART}M10.9 15.2h2.2v2.1h-2.2ZM10.9 14.1v-2.6l2.3-2.1-1.2-1-1.5 1.3-1-1.4L12 6.6l3.3 2.6-2.2 2.9v2Z`,
  "units.free": `${CAR}M7.2 8.6h1.9v2.2h2.2v1.9H9.1v2.2H7.2v-2.2H5v-1.9h2.2Z`,
  "units.busy": `${CAR}M7.2 8.6h1.9v2.2h2.2v1.9H9.1v2.2H7.2v-2.2H5v-1.9h2.2ZM2.5 19h19v2h-19Z`,
  "units.out_of_service": `${CAR}M4.5 8.8 12.5 15.7l1.2-1.4L5.7 7.4Z`,
  "stations.station": "M12 2 22 10.5V22H2V10.5ZM10.6 10.5v3h-3v2.8h3v3h2.8v-3h3v-2.8h-3v-3Z",
  "stations.hospital": "M3 2.5h18v19H3ZM7.4 6.5v11h2.5v-4.3h4.2v4.3h2.5v-11h-2.5v4.3H9.9V6.5Z",
} as const;

export type Shape = keyof typeof SHAPES;

export function shapeOf(kind: Kind, mark: AnyMark): Shape {
  if (kind === "responders") return `responders.${(mark as ResponderMark).task}`;
  if (kind === "stations") {
    return (mark as StationMark).hospital === true ? "stations.hospital" : "stations.station";
  }
  return `${kind}.${(mark as { state: string }).state}` as Shape;
}

/** Colour is for urgency only: by the names of the tokens. */
export type Tone = "red" | "green" | "amber" | "text" | "text-soft";

export function toneOf(kind: Kind, mark: AnyMark): Tone {
  const state = "state" in mark ? mark.state : "";
  if (kind === "patients") return state === "reached" ? "green" : "red";
  if (kind === "responders") {
    return state === "arrived" ? "green" : state === "asked" ? "text-soft" : "text";
  }
  if (state === "doubtful") return "amber";
  return kind === "units" && state !== "out_of_service" ? "text" : "text-soft";
}

const SIDE = 40;
const EDGE = 8;
const RADIUS = 8;
/** Of a signed distance field: the value at the shape's edge, as MapLibre expects it. */
const AT_EDGE = 0.75;

export interface Field {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8ClampedArray;
}

/**
 * A shape as a signed distance field, so that one picture takes any colour and halo. Drawn with a
 * canvas at run time: there is no file of sprites to be fetched.
 */
export function fieldOf(shape: Shape): Field {
  const size = SIDE + 2 * EDGE;
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = size;
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  if (!pen) throw new Error("no canvas");
  pen.translate(EDGE, EDGE);
  pen.scale(SIDE / 24, SIDE / 24);
  pen.fill(new Path2D(SHAPES[shape]), "evenodd");
  const drawn = pen.getImageData(0, 0, size, size).data;
  const alpha = new Float32Array(size * size);
  for (let at = 0; at < alpha.length; at += 1) alpha[at] = (drawn[at * 4 + 3] ?? 0) / 255;
  return { width: size, height: size, data: distances(alpha, size) };
}

/** RGBA with the distance to the nearest edge in alpha; `alpha` is the coverage of each pixel. */
export function distances(alpha: Float32Array, size: number): Uint8ClampedArray {
  const data = new Uint8ClampedArray(size * size * 4);
  const at = (x: number, y: number): number =>
    x < 0 || y < 0 || x >= size || y >= size ? 0 : (alpha[y * size + x] ?? 0);
  for (let y = 0; y < size; y += 1) {
    for (let x = 0; x < size; x += 1) {
      const here = at(x, y);
      const inside = here >= 0.5;
      let nearest = RADIUS;
      for (let dy = -RADIUS; dy <= RADIUS; dy += 1) {
        for (let dx = -RADIUS; dx <= RADIUS; dx += 1) {
          const there = at(x + dx, y + dy);
          if (there >= 0.5 === inside) continue;
          // Half a pixel of coverage is half a pixel of distance.
          const away = Math.hypot(dx, dy) - Math.abs(there - 0.5);
          if (away < nearest) nearest = away;
        }
      }
      const signed = inside ? nearest + (here - 1) : -nearest + here;
      data[(y * size + x) * 4 + 3] = 255 * (AT_EDGE + signed / RADIUS);
    }
  }
  return data;
}
