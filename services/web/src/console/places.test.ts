import { describe, expect, it } from "vitest";
import { coordinatesIn, merged, registeredIn } from "./places";

describe("coordinates", () => {
  it("are offered in every datum where none is named", () => {
    expect(coordinatesIn("26.26, 117.63").map((each) => each.datum)).toEqual([
      "wgs84",
      "gcj02",
      "bd09",
    ]);
  });
  it("are taken in the datum that is named", () => {
    expect(coordinatesIn("26.26 117.63 GCJ-02").map((each) => each.datum)).toEqual(["gcj02"]);
    expect(coordinatesIn("26.26，117.63 百度").map((each) => each.datum)).toEqual(["bd09"]);
  });
  it("may have the longitude first", () => {
    expect(coordinatesIn("117.63,26.26 wgs84")[0]).toMatchObject({
      latitude: 26.26,
      longitude: 117.63,
    });
  });
  it("are none in an address, nor where there is no such place", () => {
    expect(coordinatesIn("列东街 12 号")).toEqual([]);
    expect(coordinatesIn("12 34 Main Street")).toEqual([]);
    expect(coordinatesIn("126.26, 217.63")).toEqual([]);
  });
});

const station = (id: string, name: string) => ({
  id,
  name,
  address: null,
  place: { latitude: 1, longitude: 2 },
});

it("finds what is registered by every word of its name or code", () => {
  const all = [station("st-1", "列东急救站"), station("st-2", "三明急救中心")];
  expect(registeredIn("急救 st-2", "station", all).map((each) => each.label)).toEqual([
    "三明急救中心",
  ]);
  expect(registeredIn("  ", "station", all)).toEqual([]);
});

it("names a place once that two lists know", () => {
  const one = registeredIn("列东", "station", [station("st-1", "列东急救站")]);
  expect(merged(one, one)).toHaveLength(1);
});
