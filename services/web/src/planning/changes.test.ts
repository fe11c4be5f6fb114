import { describe, expect, it } from "vitest";
import { applied, withChange } from "./changes";
import type { Change, Sites } from "./types";

const SITES: Sites = {
  aeds: [{ id: "a", name: "Hall", latitude: 0, longitude: 0, hours: "24/7" }],
  stations: [{ id: "s", name: "North", tier: "station", latitude: 1, longitude: 1 }],
};
const list = (...changes: Change[]): readonly Change[] =>
  changes.reduce<readonly Change[]>(withChange, []);

describe("what-if changes", () => {
  it("moves a place once, however often it is dragged", () => {
    const changes = list(
      { kind: "move_aed", id: "a", latitude: 1, longitude: 2 },
      { kind: "move_aed", id: "a", latitude: 3, longitude: 4 },
    );
    expect(changes).toEqual([{ kind: "move_aed", id: "a", latitude: 3, longitude: 4 }]);
    expect(applied(SITES, changes).aeds[0]).toEqual({
      site: { id: "a", name: "Hall", latitude: 3, longitude: 4, hours: "24/7" },
      state: "moved",
    });
  });
  it("forgets what was added and removed again", () => {
    const changes = list(
      { kind: "add_aed", id: "n", latitude: 1, longitude: 2 },
      { kind: "move_aed", id: "n", latitude: 0, longitude: 0 },
      { kind: "set_hours", id: "n", hours: "Mo-Fr 08:00-18:00" },
    );
    expect(changes).toEqual([
      { kind: "add_aed", id: "n", latitude: 0, longitude: 0, hours: "Mo-Fr 08:00-18:00" },
    ]);
    expect(withChange(changes, { kind: "remove_aed", id: "n" })).toEqual([]);
  });
  it("keeps what is removed in sight", () => {
    const changes = list(
      { kind: "set_hours", id: "a", hours: null },
      { kind: "remove_aed", id: "a" },
      { kind: "remove_station", id: "s" },
    );
    expect(changes.map((each) => each.kind)).toEqual(["remove_aed", "remove_station"]);
    const after = applied(SITES, changes);
    expect(after.aeds[0]?.state).toBe("removed");
    expect(after.stations[0]?.state).toBe("removed");
  });
  it("adds people and stations", () => {
    const after = applied(
      SITES,
      list(
        { kind: "add_recruits", latitude: 1, longitude: 1, radius_m: 500, count: 20 },
        { kind: "add_recruits", latitude: 1, longitude: 1, radius_m: 500, count: 20 },
        { kind: "add_station", id: "t", tier: "station", latitude: 2, longitude: 2 },
      ),
    );
    expect(after.recruits).toHaveLength(2);
    expect(after.stations.map(({ state }) => state)).toEqual(["as is", "new"]);
  });
});
