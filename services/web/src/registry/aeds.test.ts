import { describe, expect, it } from "vitest";
import { troublesOf } from "./aeds";
import { type Aed, rowAsIs } from "./form";
import { found } from "./found";

const WELL = {
  id: "a-1",
  name: "Hall",
  place: { latitude: 0, longitude: 0, datum: "wgs84" },
  effective_state: "in_service",
  open_reports: [],
  opening_hours: "24/7",
  pads_expire_on: "2026-03-02",
  battery_expires_on: null,
  last_checked_at: "2026-01-01T00:00:00Z",
} as unknown as Aed;
const NOW = new Date("2026-03-02T10:00:00Z");

describe("troublesOf", () => {
  it("has none for one that is in order, on its last day too", () => {
    expect(troublesOf(WELL, NOW)).toEqual([]);
  });
  it("names every one, the weightiest first", () => {
    const worn = {
      ...WELL,
      effective_state: "unknown",
      open_reports: ["missing"],
      pads_expire_on: "2026-03-01",
      battery_expires_on: "2025-01-01",
      last_checked_at: null,
      opening_hours: null,
    } as unknown as Aed;
    expect(troublesOf(worn, NOW)).toEqual([
      "state_unknown",
      "reported",
      "pads_expired",
      "battery_expired",
      "unchecked",
      "no_hours",
    ]);
  });
});

describe("rowAsIs", () => {
  it("keeps everything but what the register itself adds", () => {
    const row = rowAsIs({ ...WELL, serial: "S-1", access_code: "2580", floor: 0 });
    expect(row).toMatchObject({ serial: "S-1", access_code: "2580", floor: 0, keeper: undefined });
    expect(row).not.toHaveProperty("effective_state");
  });
});

describe("found", () => {
  const pages: Record<string, { items: { id: string }[]; next_cursor: string | null }> = {
    start: { items: [{ id: "a" }], next_cursor: "1" },
    "1": { items: [{ id: "b" }], next_cursor: "2" },
    "2": { items: [{ id: "c" }], next_cursor: null },
  };
  const none = { items: [], next_cursor: null };
  const make = (answer = (key: string) => Promise.resolve(pages[key] ?? none)) =>
    found<{ id: string }, "all">(["all"], 1, ({ query }) => answer(query.cursor ?? "start"));

  it("reads on page by page, and all of them up to a number", async () => {
    const list = make();
    await list.load();
    await list.load(true);
    expect(list.items.value?.map(({ id }) => id)).toEqual(["a", "b"]);
    await list.loadAll(2);
    expect(list.items.value).toHaveLength(2);
    expect(list.cursor.value).toBe("2");
    await list.loadAll(99);
    expect([list.items.value?.length, list.cursor.value]).toEqual([3, null]);
  });

  it("passes over the answer to an older question", async () => {
    const waiting: ((page: { items: { id: string }[]; next_cursor: null }) => void)[] = [];
    const list = make(() => new Promise((resolve) => waiting.push(resolve)));
    const older = list.load();
    const newer = list.load();
    waiting[1]?.({ items: [{ id: "new" }], next_cursor: null });
    waiting[0]?.({ items: [{ id: "old" }], next_cursor: null });
    await Promise.all([older, newer]);
    expect(list.items.value).toEqual([{ id: "new" }]);
  });
});
