import { describe, expect, it } from "vitest";
import { changedFields } from "./changes";
import { rowOf } from "./form";

describe("changedFields", () => {
  it("tells what differs, and that something was not there", () => {
    const before = { name: "A", floor: 0, place: { latitude: 1 } };
    const after = { name: "B", floor: 0, place: { latitude: 2 }, address: "X" };
    expect(changedFields(before, after)).toEqual([
      ["name", "A", "B"],
      ["place", '{"latitude":1}', '{"latitude":2}'],
      ["address", "—", "X"],
    ]);
    expect(changedFields(undefined, after)).toEqual([]);
  });
});

describe("rowOf", () => {
  it("takes ground floor and the equator as they are, and empty as unknown", () => {
    const form = new FormData();
    for (const [name, value] of Object.entries({
      id: "a-1",
      name: " Hall ",
      latitude: "0",
      longitude: "0",
      datum: "wgs84",
      floor: "0",
      opening_hours: " ",
    })) {
      form.set(name, value);
    }
    const row = rowOf(form, null);
    expect(row).toMatchObject({
      id: "a-1",
      name: "Hall",
      floor: 0,
      opening_hours: null,
      keeper: null,
      place: { latitude: 0, longitude: 0, datum: "wgs84" },
      code_required: false,
    });
  });
});
