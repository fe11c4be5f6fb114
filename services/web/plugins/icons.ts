/**
 * The app's icons as PNG, drawn point by point from the same figure as `src/ui/icon.svg`: a ring
 * of 14 around radius 22 on a field of 64, eight arcs in turn white and red. A phone's home screen
 * takes no SVG everywhere, and no picture is kept in the repository.
 */
import { crc32, deflateSync } from "node:zlib";

type Colour = readonly [number, number, number];
const WHITE: Colour = [244, 244, 244];
const RED: Colour = [211, 48, 47];
const GROUND: Colour = [17, 20, 24];
const FIELD = 64;
const RADIUS = 22;
const HALF_WIDTH = 7;
/** Points per pixel and direction, so that edges are smooth. */
const FINE = 3;

function colourAt(x: number, y: number): Colour {
  const radius = Math.hypot(x - FIELD / 2, y - FIELD / 2);
  if (Math.abs(radius - RADIUS) > HALF_WIDTH) return GROUND;
  const turn = (Math.atan2(y - FIELD / 2, x - FIELD / 2) / (2 * Math.PI) + 1 + 1 / 16) % 1;
  return Math.floor(turn * 8) % 2 === 0 ? RED : WHITE;
}

/** A square PNG; `fill` is the figure's share of it (less for icons that are cut to a shape). */
export function icon(size: number, fill: number): Uint8Array {
  const rows = Buffer.alloc(size * (1 + size * 3));
  let at = 0;
  for (let row = 0; row < size; row += 1) {
    rows[at++] = 0; // no filter
    for (let column = 0; column < size; column += 1) {
      const sum = [0, 0, 0];
      for (let point = 0; point < FINE * FINE; point += 1) {
        const x = (column + ((point % FINE) + 0.5) / FINE) / size;
        const y = (row + (Math.floor(point / FINE) + 0.5) / FINE) / size;
        const colour = colourAt(((x - 0.5) / fill + 0.5) * FIELD, ((y - 0.5) / fill + 0.5) * FIELD);
        for (const band of [0, 1, 2] as const) sum[band] = (sum[band] ?? 0) + colour[band];
      }
      for (const band of sum) rows[at++] = Math.round(band / (FINE * FINE));
    }
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(size, 0);
  header.writeUInt32BE(size, 4);
  header.set([8, 2, 0, 0, 0], 8); // 8 bits, RGB
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(rows, { level: 9 })),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

function chunk(name: string, body: Uint8Array): Buffer {
  const content = Buffer.concat([Buffer.from(name, "latin1"), body]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length);
  const check = Buffer.alloc(4);
  check.writeUInt32BE(crc32(content));
  return Buffer.concat([length, content, check]);
}
