import { describe, expect, it } from "vitest";
import { boundsOf, rowsOf, valueOf } from "./measures";

const told = (median: number) => ({
  cpr_s: { median, p90: 2 * median },
  ci95: { cpr_s: { median: [median - 1, median + 1], p90: null } },
});

describe("what a simulation tells", () => {
  it("is found with its interval, where there is one", () => {
    expect(valueOf(told(100), ["cpr_s", "median"])).toBe(100);
    expect(boundsOf(told(100), ["cpr_s", "median"])).toEqual([99, 101]);
    expect(boundsOf(told(100), ["cpr_s", "p90"])).toBeNull();
    expect(boundsOf({}, ["cpr_s", "median"])).toBeNull();
    expect(valueOf(told(100), ["shock_s", "median"])).toBeNull();
  });
  it("has a row for each policy, in each scenario", () => {
    expect(rowsOf({ policies: { target: told(1) } }).map(({ name }) => name)).toEqual(["target"]);
    const two = {
      scenarios: { a: { policies: { target: told(1) } }, b: { policies: { target: told(2) } } },
    };
    expect(rowsOf(two).map(({ name }) => name)).toEqual(["a target", "b target"]);
    expect(rowsOf(null)).toEqual([]);
  });
});
