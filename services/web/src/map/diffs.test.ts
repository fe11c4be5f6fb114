import { describe, expect, it } from "vitest";
import { changes, featureOf, FrameQueue, type MarkFeature } from "./diffs";
import type { ResponderMark } from "./types";

const responder = (
  id: string,
  longitude = 0,
  more: Partial<ResponderMark> = {},
): ResponderMark => ({
  id,
  label: id,
  task: "direct",
  state: "asked",
  place: { latitude: 0, longitude },
  ...more,
});
const drawn = (...marks: ResponderMark[]) => marks.map((mark) => featureOf("responders", mark));

describe("changes", () => {
  it("are only what has changed", () => {
    const before = new Map<string, MarkFeature>();
    const first = changes(before, drawn(responder("a"), responder("b"), responder("c")));
    expect(first?.diff.add?.map((each) => each.id)).toEqual(["a", "b", "c"]);
    const second = changes(
      before,
      drawn(responder("a", 1), responder("b", 0, { state: "arrived" }), responder("d")),
    );
    expect(second?.count).toBe(4);
    expect(second?.diff).toEqual({
      remove: ["c"],
      add: drawn(responder("d")),
      update: [
        { id: "a", newGeometry: { type: "Point", coordinates: [1, 0] } },
        { id: "b", addOrUpdateProperties: [{ key: "tone", value: "green" }] },
      ],
    });
    expect(
      changes(
        before,
        drawn(responder("a", 1), responder("b", 0, { state: "arrived" }), responder("d")),
      ),
    ).toBeNull();
  });

  it("take a mark that is given twice once", () => {
    const before = new Map<string, MarkFeature>();
    expect(changes(before, drawn(responder("a"), responder("a", 5)))?.count).toBe(1);
    expect(before.size).toBe(1);
  });

  it("tell marks apart by shape, not only by colour", () => {
    const shapes = (["direct", "via_aed", "guide"] as const).map(
      (task) => featureOf("responders", responder("a", 0, { task })).properties["shape"],
    );
    expect(new Set(shapes).size).toBe(3);
    const aeds = (["open", "closed", "doubtful"] as const).map(
      (state) =>
        featureOf("aeds", { id: "a", label: "a", place: { latitude: 0, longitude: 0 }, state })
          .properties["shape"],
    );
    expect(new Set(aeds).size).toBe(3);
  });
});

describe("FrameQueue", () => {
  it("hands over the newest of each, once a frame", () => {
    const frames: (() => void)[] = [];
    const queue = new FrameQueue(
      (run) => frames.push(run),
      () => undefined,
    );
    const done: string[] = [];
    for (const turn of [1, 2, 3]) {
      queue.wish("units", () => done.push(`units ${turn}`) && 10);
      queue.wish("aeds", () => done.push(`aeds ${turn}`) && 0);
    }
    expect(done).toEqual([]);
    expect(frames).toHaveLength(1);
    frames[0]?.();
    expect(done).toEqual(["units 3", "aeds 3"]);
    expect(queue.counters).toEqual({ frames: 1, updates: { units: 1 }, changed: 10, wishes: 6 });
  });

  it("does in the next frame what is wished for in this one", () => {
    const frames: (() => void)[] = [];
    const queue = new FrameQueue(
      (run) => frames.push(run),
      () => undefined,
    );
    queue.wish("a", () => {
      queue.wish("b", () => 1);
      return 1;
    });
    frames[0]?.();
    expect(queue.counters.frames).toBe(1);
    expect(frames).toHaveLength(2);
  });
});
