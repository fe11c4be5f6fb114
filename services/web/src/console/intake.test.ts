import { describe, expect, it } from "vitest";
import { callOf, type Draft, GATE_KEYS, newDraft, press, suspectedArrest } from "./intake";

const place = { latitude: 0, longitude: 0, datum: "gcj02", label: "" } as const;

/** What is left after some keys. */
function typed(keys: string): { draft: Draft; sent: boolean } {
  let draft: Draft = { ...newDraft(0), place };
  let sent = false;
  for (const key of keys) {
    const next = press(draft, key === "↵" ? "Enter" : key);
    if (next === "send") sent = true;
    else if (next) draft = next;
  }
  return { draft, sent };
}

describe("intake by keys", () => {
  it("takes a suspected arrest with three keys after the place", () => {
    const { draft, sent } = typed("nn↵");
    expect(sent).toBe(true);
    expect(suspectedArrest(draft)).toBe(true);
    expect(callOf(draft)).toMatchObject({ conscious: false, breathing_normally: false, gates: [] });
  });
  it("keeps what is not known unknown", () => {
    expect(callOf(typed("nu").draft)).toMatchObject({ conscious: false, breathing_normally: null });
    expect(suspectedArrest(typed("nu").draft)).toBe(false);
  });
  it("switches dangers on and off", () => {
    expect(typed("nnvt").draft.gates).toEqual(["violence", "traffic"]);
    expect(typed("nnvtv").draft.gates).toEqual(["traffic"]);
  });
  it("goes back one question", () => {
    let draft = typed("ny").draft;
    const back = press(draft, "Backspace");
    if (back && back !== "send") draft = back;
    expect(draft.question).toBe("breathing");
  });
  it("has no key twice", () => {
    expect(Object.keys(GATE_KEYS).filter((key) => "ynub".includes(key))).toEqual([]);
    expect(new Set(Object.values(GATE_KEYS)).size).toBe(Object.keys(GATE_KEYS).length);
  });
  it("takes latitude 0, longitude 0 for a place, and none for none", () => {
    expect(callOf(typed("").draft)?.place).toEqual({ latitude: 0, longitude: 0, datum: "gcj02" });
    expect(callOf(newDraft(0))).toBeNull();
  });
});
