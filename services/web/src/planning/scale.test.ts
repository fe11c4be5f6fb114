import { describe, expect, it } from "vitest";
import { roundBounds, scaled } from "./scale";
import type { Cell } from "./types";

const cell = (name: string, aed: number | null, arrests = 1): Cell => ({
  cell: name,
  nearest_s: { aed },
  arrests_per_year: arrests,
  population: 100,
});

describe("the scale of the map", () => {
  it("counts a bound to the step below it, and nobody to the last", () => {
    const cells = [cell("a", 180), cell("b", 180.1), cell("c", 901), cell("d", null)];
    const { classes, stepOf } = scaled(cells, "time", "aed", null);
    expect(["a", "b", "c", "d"].map((each) => stepOf.get(each))).toEqual([0, 1, 4, 4]);
    expect(classes.map((each) => each.population)).toEqual([100, 100, 0, 0, 200]);
  });
  it("tells what is lost from what is gained, and leaves out what is the same", () => {
    const now = [cell("a", 60), cell("b", 400), cell("c", 200), cell("d", 100)];
    const then = [cell("a", 100), cell("b", 300), cell("c", 200), cell("d", null)];
    const { stepOf } = scaled(now, "difference", "aed", then);
    expect(["a", "b", "c", "d"].map((each) => stepOf.get(each))).toEqual([1, "worse", null, 4]);
  });
  it("has fewer steps for few numbers", () => {
    expect(roundBounds([])).toEqual([]);
    expect(roundBounds([0, 2, 2, 2])).toEqual([2]);
    expect(scaled([cell("a", 1, 0)], "arrests", "aed", null).stepOf.get("a")).toBe(0);
  });
});
