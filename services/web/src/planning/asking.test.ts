import { describe, expect, it } from "vitest";
import { asking, parametersOf } from "./asking";

const fields = asking.value;

describe("what a run is asked for", () => {
  it("names a limit only where the model has one, and a number only where it is free", () => {
    const of = (model: typeof fields.model) => parametersOf("site", { ...fields, model }, 0);
    expect(of("mclp")).toEqual({ model: "mclp", radius_m: 300, p: 20, curve: true });
    expect(of("lscp")).toEqual({ model: "lscp", radius_m: 300 });
    expect(of("pcenter")).toEqual({ model: "pcenter", p: 20 });
    expect(of("mexclp")).toMatchObject({ busy_fraction: 0.3 });
  });
  it("counts days as parts of a year, and incidents back from now", () => {
    expect(parametersOf("simulate", { ...fields, days: 365.25 }, 0)["years"]).toBe(1);
    expect(parametersOf("replay", { ...fields, since_days: 1 }, 86_400_000)).toEqual({
      policy: "k-nearest",
      since: "1970-01-01T00:00:00.000Z",
    });
  });
});
