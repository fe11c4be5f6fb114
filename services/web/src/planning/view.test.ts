import { describe, expect, it } from "vitest";
import { readView, START, type View, writeView } from "./view";

describe("the address of a view", () => {
  it("leads back to the same view", () => {
    const view: View = {
      kind: "simulate",
      scenario: "更多 AED & more",
      other: "live",
      run: "run-1",
      beside: "run-2",
      tier: "chain",
      within: 480,
      hour: 0,
      colour: "difference",
    };
    expect(readView(writeView(view))).toEqual(view);
    expect(readView(writeView(START))).toEqual(START);
  });
  it("opens with what can be read of it", () => {
    expect(readView("#view=nothing&tier=boat&within=-3&hour=168&scenario=")).toEqual(START);
    expect(readView("#hour=167").hour).toBe(167);
    expect(readView("#hour=").hour).toBeNull();
  });
});
