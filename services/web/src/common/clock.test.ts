import { describe, expect, it } from "vitest";
import { clock } from "./clock";

describe("clock", () => {
  it("counts minutes and seconds in two digits", () => {
    expect([0, 9.9, 222, 3599].map(clock)).toEqual(["00:00", "00:09", "03:42", "59:59"]);
  });
  it("counts hours from an hour on, and no negative time", () => {
    expect([3600, 3822, -5].map(clock)).toEqual(["1:00:00", "1:03:42", "00:00"]);
  });
});
