import { describe, expect, it, vi } from "vitest";
import type { PlanDocument } from "./types";
import { needs, others, whyNot } from "./why";
import { code } from "./words";

// What catalogues ask a browser for, before they are loaded.
vi.hoisted(() => {
  vi.stubGlobal("localStorage", { getItem: () => "en", setItem: () => undefined });
  vi.stubGlobal("document", { documentElement: {} });
});

describe("why not", () => {
  it("names the limit that binds with its number", () => {
    expect(
      whyNot({
        kind: "rescuer",
        id: "r1",
        reason: "slower_than_ambulance",
        distance_m: 900,
        detail: { eta_s: 370, ambulance_eta_s: 300 },
      }),
    ).toBe("slower than the ambulance (06:10 to the patient, ambulance 05:00)");
  });
  it("shows a reason that it does not know as it is", () => {
    expect(code("reason", "from_the_future")).toBe("from_the_future");
  });
  it("counts those whom the plan does not name", () => {
    const plan = {
      skipped: [{ kind: "rescuer", id: "r1", reason: "unavailable", distance_m: null, detail: {} }],
      skipped_counts: { "rescuer.unavailable": 5, "rescuer.fatigue": 2 },
    } as unknown as PlanDocument;
    expect(others(plan).counted.map((each) => each.count)).toEqual([4, 2]);
  });
});

it("says what would meet the target", () => {
  const plan = {
    needed: [{ target: "cpr", what: "rescuers", count: 3, within_m: 400 }],
  } as unknown as PlanDocument;
  expect(needs(plan)).toEqual(["CPR: 3 more rescuers within 400 m"]);
});
