import { expect, it } from "vitest";
import { onwards } from "./onwards";

const at = (latitude: number, longitude: number) => ({ latitude, longitude });
const WAY = [at(60, 24), at(60, 24.01), at(60.01, 24.01)];

it("begins where somebody is and leaves out what lies behind", () => {
  const here = at(60.0001, 24.006);
  expect(onwards(WAY, here)).toEqual([here, ...WAY.slice(1)]);
});

it("at the start the whole way is left, at the end only the end", () => {
  expect(onwards(WAY, at(60, 24))).toEqual([at(60, 24), ...WAY.slice(1)]);
  const near = at(60.0099, 24.01);
  expect(onwards(WAY, near)).toEqual([near, WAY[2]]);
});

it("works for a way of one stretch, and of none", () => {
  expect(onwards(WAY.slice(0, 2), at(60, 24.002))).toEqual([at(60, 24.002), WAY[1]]);
  expect(onwards([], at(60, 24))).toEqual([at(60, 24)]);
});
