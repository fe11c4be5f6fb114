import { expect, it, vi } from "vitest";
import { aedsOnMap, believedOnMap, respondersOnMap, waysOnMap } from "./marks";
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

it("leads straight, and dashed, over the AED until it is collected", () => {
  const guess = (changes: object) => waysOnMap(live(changes), patient, aeds, null);
  expect(guess({})[0]).toMatchObject({ guess: true });
  expect(guess({})[0]?.points).toHaveLength(3);
  expect(guess({ state: "aed_collected" })[0]?.points).toHaveLength(2);
  expect(guess({ state: "arrived" })).toEqual([]);
});

const drawn = (...legs: object[]) =>
  ({ ways: [{ kind: "rescuer", id: "a", mode: "foot", start: "believed", legs }] }) as never;
/** Steps of eleven metres. */
const STEP = 1e-4;
const at = (north: number, east: number) => ({ latitude: north * STEP, longitude: east * STEP });
const leg = (to: string, how: string, ...points: [number, number][]) => ({
  to,
  drawn: how,
  points: points.map(([north, east]) => [north * STEP, east * STEP]),
});

it("draws the last stretch dashed where it leads far off the streets", () => {
  const ways = drawn(leg("patient", "streets", [0, 0], [0, 1], [0, 9]));
  const found = waysOnMap(live({ aed_id: null, place: null }), patient, aeds, ways);
  expect(found.map(({ id, guess }) => [id, guess])).toEqual([
    ["a", false],
    ["a 1", true],
  ]);
});

it("follows the streets that dispatch found, from where somebody is now", () => {
  const ways = drawn(
    leg("aed", "streets", [-0.1, 0], [0, 0], [0, 1], [1, 1]),
    leg("patient", "streets", [1, 1], [2, 1], [2, 2]),
  );
  expect(waysOnMap(live({ place: at(0, 0.5) }), patient, aeds, ways)).toEqual([
    {
      id: "a",
      of: "responder",
      guess: false,
      points: [at(0, 0.5), at(0, 1), at(1, 1), at(2, 1), at(2, 2)],
    },
  ]);
  // The AED is in their hands, and dispatch has not been asked again yet: no way back to it.
  expect(waysOnMap(live({ state: "aed_collected" }), patient, aeds, ways)[0]?.points).toHaveLength(
    2,
  );
});

it("draws a leg without streets apart, and who tells no position where they are believed", () => {
  const ways = drawn(
    leg("aed", "streets", [0, 0], [1, 1]),
    leg("patient", "straight", [1, 1], [2, 2]),
  );
  const found = waysOnMap(live({ place: null }), patient, aeds, ways);
  expect(found.map((each) => each.guess)).toEqual([false, true]);
  expect(believedOnMap(ways, live({ place: null }), AT)[0]).toMatchObject({
    place: { latitude: 0, longitude: 0 },
    stale: true,
  });
  expect(believedOnMap(ways, live({}), AT)).toEqual([]);
});

it("calls an AED doubtful where nobody knows its hours, and neither open nor closed", () => {
  const state = (open: boolean | null) => aedsOnMap(aeds, new Map([["aed-1", open]]))[0]?.state;
  expect([state(true), state(false), state(null)]).toEqual(["open", "closed", "doubtful"]);
});
