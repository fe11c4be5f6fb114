import { describe, expect, it } from "vitest";
import { arrestsOf, gapsOf, headline, layerOf } from "./figures";
import type { Coverage, Gap } from "./types";

const layer = { tier: "aed", population_share: 0.5, area_share: 0.1 } as const;
const GAP: Gap = {
  cell: "a",
  latitude: 0,
  longitude: 0,
  expected_arrests_per_year: 1,
  nearest_s: null,
};
const FOUND: Coverage = {
  layers: [
    { ...layer, within_s: 180, arrest_share: 0.3, by_hour: Array<number>(168).fill(0.25) },
    { ...layer, within_s: 300, arrest_share: 0.96 },
  ],
  gaps: [GAP],
  cells: [
    { cell: "a", nearest_s: {}, arrests_per_year: 3 },
    { cell: "b", nearest_s: {}, arrests_per_year: 1.5 },
  ],
};

describe("the figures of a coverage", () => {
  it("are of the week, or of an hour where the hours are known", () => {
    expect(headline(layerOf(FOUND, "aed", 180), null)).toBe(0.3);
    expect(headline(layerOf(FOUND, "aed", 180), 167)).toBe(0.25);
    expect(headline(layerOf(FOUND, "aed", 300), 0)).toBeNull();
    expect(layerOf(FOUND, "chain", 300)).toBeNull();
    expect(arrestsOf(FOUND.cells)).toBe(4.5);
  });
  it("have the gaps of the tier that is looked at", () => {
    expect(gapsOf(FOUND, "aed")).toEqual([GAP]);
    expect(gapsOf({ ...FOUND, gaps_by_tier: { chain: [GAP] } }, "aed")).toEqual([]);
    expect(gapsOf({ ...FOUND, gaps_by_tier: { chain: [GAP] } }, "chain")).toEqual([GAP]);
  });
});
