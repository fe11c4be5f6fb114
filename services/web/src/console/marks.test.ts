import { expect, it, vi } from "vitest";
import { aedsOnMap, respondersOnMap, waysOnMap } from "./marks";
import type { Aed } from "./registers";
import type { Live } from "./types";

vi.hoisted(() => {
  vi.stubGlobal("localStorage", { getItem: () => "en", setItem: () => undefined });
  vi.stubGlobal("document", { documentElement: {} });
});

const AT = Date.parse("2026-06-10T04:00:00Z");
const live = (changes: object): Live => ({
  incident_id: "i",
  units: [],
  rescuers: [
    {
      alert_id: "a",
      rescuer_id: "R-1",
      task: "via_aed",
      aed_id: "aed-1",
      state: "accepted",
      place: { latitude: 0, longitude: 0 },
      located_at: "2026-06-10T03:59:50Z",
      expected_at: "2026-06-10T04:02:05Z",
      ...changes,
    },
  ],
});
const aed = {
  id: "aed-1",
  name: "x",
  place: { latitude: 1, longitude: 1 },
  effective_state: "in_service",
};
const aeds = new Map([["aed-1", aed as Aed]]);
const patient = { latitude: 2, longitude: 2 };

it("says how long somebody still needs, and dims a place that is old", () => {
  expect(respondersOnMap(live({}), AT)[0]).toMatchObject({ label: "R-1 02:05", stale: false });
  expect(respondersOnMap(live({ located_at: "2026-06-10T03:50:00Z" }), AT)[0]?.stale).toBe(true);
  expect(respondersOnMap(live({ place: null }), AT)).toEqual([]);
});

it("leads over the AED until it is collected", () => {
  expect(waysOnMap(live({}), patient, aeds)[0]?.points).toHaveLength(3);
  expect(waysOnMap(live({ state: "aed_collected" }), patient, aeds)[0]?.points).toHaveLength(2);
  expect(waysOnMap(live({ state: "arrived" }), patient, aeds)).toEqual([]);
});

it("calls an AED doubtful where nobody knows its hours, and neither open nor closed", () => {
  const state = (open: boolean | null) => aedsOnMap(aeds, new Map([["aed-1", open]]))[0]?.state;
  expect([state(true), state(false), state(null)]).toEqual(["open", "closed", "doubtful"]);
});
