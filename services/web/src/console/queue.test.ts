import { describe, expect, it } from "vitest";
import {
  keepPlaces,
  rankOf,
  sorted,
  unacknowledged,
  urgencyOf,
  windowOf,
  withAlarm,
} from "./queue";
import type { Row } from "./types";

const row = (id: string, changes: Partial<Row> = {}): Row =>
  ({
    id,
    state: "activated",
    opened_at: "2026-06-10T04:00:00Z",
    arrest_likelihood: 0.9,
    not_an_arrest: false,
    arrived: 0,
    unit_there: false,
    acknowledge_by: null,
    ...changes,
  }) as Row;

describe("the order of the queue", () => {
  it("puts an arrest with nobody there before all others, then the oldest", () => {
    const rows = [
      row("young", { opened_at: "2026-06-10T04:09:00Z" }),
      row("helped", { arrived: 1, opened_at: "2026-06-10T03:00:00Z" }),
      row("asleep", { state: "open", arrest_likelihood: 0.05 }),
      row("gasping", { state: "open", arrest_likelihood: 0.5 }),
      row("old"),
    ];
    expect(sorted(rows)).toEqual(["old", "young", "helped", "gasping", "asleep"]);
  });
  it("does not take a call for an arrest that was called off or is none", () => {
    expect(urgencyOf(row("a", { not_an_arrest: true, state: "called_off" }))).toBe("other");
    expect(urgencyOf(row("a", { state: "called_off" }))).toBe("calledOff");
    expect(rankOf(row("a", { unit_there: true }))).toBe(1);
  });
});

describe("rows that somebody works on", () => {
  it("stay where they are when something more urgent comes", () => {
    const before = ["a", "b", "c"];
    expect(keepPlaces(before, ["new", "a", "b", "c"], new Set(["b"]))).toEqual([
      "new",
      "b",
      "a",
      "c",
    ]);
    expect(keepPlaces(before, ["new", "a", "b", "c"], new Set(["a"]))).toEqual([
      "a",
      "new",
      "b",
      "c",
    ]);
  });
  it("move up only as far as rows above them have ended", () => {
    expect(keepPlaces(["a", "b", "c"], ["c"], new Set(["c"]))).toEqual(["c"]);
    expect(keepPlaces(["a", "b", "c", "d"], ["c", "d"], new Set(["c", "d"]))).toEqual(["c", "d"]);
  });
  it("never lose or double a row", () => {
    const wanted = ["f", "e", "d", "c", "b", "a"];
    for (const pins of [[], ["a"], ["a", "f"], wanted]) {
      const placed = keepPlaces(["a", "b", "c", "d", "e", "f"], wanted, new Set(pins));
      expect([...placed].sort()).toEqual([...wanted].sort());
    }
  });
});

it("draws as few rows of 200 as of 20", () => {
  const { from, to } = windowOf(200, 8400, 900, 84);
  expect(to - from).toBeLessThanOrEqual(20);
  expect(from).toBeLessThanOrEqual(100);
  expect(windowOf(3, 0, 900, 84)).toEqual({ from: 0, to: 3 });
  expect(windowOf(0, 0, 900, 84)).toEqual({ from: 0, to: 0 });
});

it("lets an arrest take the place of its call among the alarms", () => {
  const call = { kind: "call", incident: "i", at: "1" } as const;
  const arrest = { kind: "arrest", incident: "i", at: "2" } as const;
  expect(withAlarm([call], arrest)).toEqual([arrest]);
  expect(withAlarm([arrest], { ...arrest, at: "3" })).toHaveLength(1);
});

it("warns of an order shortly before it lapses", () => {
  const waiting = row("a", { acknowledge_by: "2026-06-10T04:01:00Z" });
  expect(unacknowledged(waiting, Date.parse("2026-06-10T04:00:10Z"))).toBe(false);
  expect(unacknowledged(waiting, Date.parse("2026-06-10T04:00:40Z"))).toBe(true);
  expect(unacknowledged(row("b"), Date.now())).toBe(false);
});
