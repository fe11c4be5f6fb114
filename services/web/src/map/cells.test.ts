import { gridDisk, latLngToCell } from "h3-js";
import { describe, expect, it } from "vitest";
import { bandAreas, type Net, net, stepOf } from "./cells";
import { distances, SHAPES } from "./shapes";
import { projection } from "./projection";
import type { Place } from "./types";

const middle = latLngToCell(26.27, 117.63, 10);
const near = gridDisk(middle, 1);
const far = gridDisk(middle, 3).filter((cell) => !near.includes(cell));

describe("minute bands", () => {
  it("hold all that is reached within, the longest below", () => {
    const areas = bandAreas([
      { minutes: 3, cells: near },
      { minutes: 10, cells: far },
      { minutes: 8, cells: [] },
    ]);
    expect(areas.features.map((each) => each.properties)).toEqual([
      { minutes: 10, step: 3 },
      { minutes: 3, step: 0 },
    ]);
    // No hole in the middle: its edge would be said to be ten minutes away.
    expect((areas.features[0]?.geometry as GeoJSON.MultiPolygon).coordinates[0]).toHaveLength(1);
  });

  it("of single minutes go together: 9 and 10 are one area with one edge", () => {
    const areas = bandAreas([
      { minutes: 2, cells: near },
      { minutes: 9, cells: far.slice(0, 3) },
      { minutes: 10, cells: far.slice(3) },
      { minutes: 12, cells: gridDisk(middle, 4) },
    ]);
    expect(areas.features.map(({ properties }) => properties)).toEqual([
      { minutes: 12, step: 3 },
      { minutes: 10, step: 3 },
      { minutes: 3, step: 0 },
    ]);
  });

  it("step by the minutes that the field speaks of", () => {
    expect([1, 3, 4, 5, 8, 9, 10, 60].map(stepOf)).toEqual([0, 0, 1, 1, 2, 3, 3, 3]);
  });
});

describe("the net in place of streets", () => {
  it("lies around the places, and nowhere without any", () => {
    const cells = (name: Net, places: readonly Place[]) =>
      (net(name, places).features[0]?.geometry as GeoJSON.MultiLineString | undefined)?.coordinates;
    expect(cells("net-fine", [])).toBeUndefined();
    const here = { latitude: 26.27, longitude: 117.63 };
    expect(cells("net-fine", [here])).toHaveLength(37);
    expect(cells("net-middle", [here, { ...here }])).toHaveLength(19);
    expect(cells("net-coarse", [here])).toHaveLength(7);
  });
});

describe("shapes", () => {
  it("become fields with the edge at three quarters", () => {
    const size = 20;
    const alpha = new Float32Array(size * size);
    for (let y = 5; y < 15; y += 1) for (let x = 5; x < 15; x += 1) alpha[y * size + x] = 1;
    const field = distances(alpha, size);
    const at = (x: number, y: number) => field[(y * size + x) * 4 + 3] ?? 0;
    expect(at(10, 10)).toBe(255);
    expect(at(5, 10)).toBeGreaterThan(191);
    expect(at(4, 10)).toBeLessThan(191);
    expect(at(2, 10)).toBeLessThan(at(4, 10));
    expect(at(10, 0)).toBeLessThan(70);
  });

  it("are all different", () => {
    expect(new Set(Object.values(SHAPES)).size).toBe(Object.keys(SHAPES).length);
  });
});

describe("the sketch", () => {
  it("keeps directions and proportions", () => {
    const places = [
      { latitude: 60, longitude: 25 },
      { latitude: 60.01, longitude: 25.02 },
    ] as const;
    const at = projection(places);
    const [a, b] = [at(places[0]), at(places[1])];
    expect(b.x).toBeGreaterThan(a.x);
    expect(b.y).toBeLessThan(a.y);
    // At 60° a degree of longitude is half as long.
    expect(b.x - a.x).toBeCloseTo(a.y - b.y, 0);
    expect(projection([places[0]])(places[0])).toEqual({ x: 500, y: 500 });
  });
});
