import { cellToParent, gridDisk, latLngToCell } from "h3-js";
import { describe, expect, it } from "vitest";
import { circle, farShapes } from "./shapes";
import type { Cell } from "./types";

describe("what is drawn from afar", () => {
  it("has the step of half of the arrests, not of half of the cells", () => {
    const middle = latLngToCell(26.26, 117.63, 9);
    const parent = cellToParent(middle, 7);
    const inside = gridDisk(middle, 2).filter((each) => cellToParent(each, 7) === parent);
    const [busy = "", ...quiet] = inside;
    const cell = (name: string, arrests: number): Cell => ({
      cell: name,
      nearest_s: {},
      arrests_per_year: arrests,
    });
    const cells = [cell(busy, 10), ...quiet.map((each) => cell(each, 0.1))];
    const steps = new Map([[busy, 1], ...quiet.map((each): [string, number] => [each, 5])]);
    const { features } = farShapes(cells, steps);
    expect(features.map((each) => each.properties)).toEqual([{ cell: parent, step: "1" }]);
  });
  it("draws a circle of metres as wide on the ground as it is high", () => {
    const ring = circle({ latitude: 60, longitude: 0 }, 1000).coordinates[0] ?? [];
    const width = Math.max(...ring.map(([x = 0]) => x)) * Math.cos(Math.PI / 3);
    const height = Math.max(...ring.map(([, y = 0]) => y)) - 60;
    expect(width).toBeCloseTo(height, 6);
    expect(height).toBeCloseTo(0.008993, 5);
  });
});
