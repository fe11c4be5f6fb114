import { describe, expect, it } from "vitest";
import { Problem } from "@/common/problem";
import { beatsAt, beatsBetween, beatTime, changeOver } from "./beat";
import { daysLeft, hoursOf, spanOf } from "./hours";
import { blocks } from "./Markdown";
import { readPushData, toConfirm, toShow } from "./notices";
import { fit } from "./photo";
import { cellOf, distanceM, toWgs84, worthTelling } from "./place";
import { changeOf, current, nextOf, project, screenOf } from "./project";
import { flush, forget, type Outcome, type Pending, put, stepItem, waiting } from "./queue";
import { memoryShelf } from "./shelf";
import type { Message, Step, Task, TaskSummary } from "./types";
import { catalogue, codes } from "./catalogue";

const NOW = Date.parse("2026-03-01T12:00:00Z");
const later = (seconds: number): string => new Date(NOW + seconds * 1000).toISOString();

const task = (change: Partial<Task> = {}): Task => ({
  alert_id: "alert-1",
  incident_id: "incident-1",
  task: "via_aed",
  state: "seen",
  sent_at: later(-10),
  answer_by: later(30),
  ended_at: null,
  distance_m: 420,
  eta_s: 200,
  others_coming: 0,
  ambulance_expected_at: null,
  place: null,
  details: null,
  aed: null,
  next_steps: [],
  ...change,
});

const step = (name: Step, alertId = "alert-1"): Pending =>
  stepItem("r1", alertId, name, new Date(NOW));

describe("what the screen shows", () => {
  it("follows the task, and asks nobody whose time has passed as if it had not", () => {
    expect(screenOf(null, NOW)).toBe("rest");
    expect(screenOf(task(), NOW)).toBe("alert");
    expect(screenOf(task({ answer_by: later(-1) }), NOW)).toBe("late");
    expect(screenOf(task({ state: "timed_out", next_steps: ["accept"] }), NOW)).toBe("late");
    expect(screenOf(task({ state: "timed_out" }), NOW)).toBe("rest");
    expect(screenOf(task({ state: "accepted" }), NOW)).toBe("task");
    expect(screenOf(task({ state: "stood_down" }), NOW)).toBe("stood_down");
    expect(screenOf(task({ state: "declined" }), NOW)).toBe("rest");
  });

  it("has one next step", () => {
    expect(nextOf(task({ state: "accepted" }))).toBe("fetch_aed");
    expect(nextOf(task({ state: "aed_collected" }))).toBe("go");
    expect(nextOf(task({ state: "accepted", task: "direct" }))).toBe("go");
    expect(nextOf(task({ state: "accepted", task: "guide" }))).toBe("door");
    expect(nextOf(task({ state: "arrived", task: "guide" }))).toBe("guide");
    expect(nextOf(task({ state: "arrived" }))).toBe("treat");
  });

  it("runs ahead of the service by what waits in the queue, for this task only", () => {
    const steps = [step("accept"), step("aed-collected"), step("arrived", "alert-2")];
    expect(project(task(), steps).state).toBe("aed_collected");
    const without = project(task(), [step("accept"), step("aed-missing")]);
    expect([without.state, without.task, without.aed]).toEqual(["accepted", "direct", null]);
    const arrived = task({ state: "arrived" });
    expect(project(arrived, [step("accept")]).state).toBe("arrived");
  });

  it("says what others changed, and not what was done here", () => {
    const before = task({ state: "accepted" });
    expect(changeOf(before, task({ state: "accepted", task: "direct" }))).toBe("task");
    expect(changeOf(before, task({ state: "aed_collected" }))).toBeNull();
    expect(
      changeOf(project(before, [step("aed-missing")]), task({ state: "accepted", task: "direct" })),
    ).toBeNull();
    expect(changeOf(null, before)).toBeNull();
    const at = (latitude: number): Task =>
      task({ state: "accepted", place: { latitude, longitude: 0 } });
    expect(changeOf(at(0), at(0.001))).toBe("place");
    expect(changeOf(task({ state: "accepted" }), at(0))).toBeNull();
  });

  it("puts a running task before a new question, and shows an end until it was looked at", () => {
    const of = (alert_id: string, change: Partial<TaskSummary>): TaskSummary => ({
      alert_id,
      incident_id: "i",
      task: "direct",
      state: "sent",
      sent_at: later(0),
      answer_by: later(30),
      answered_at: null,
      arrived_at: null,
      ended_at: null,
      ...change,
    });
    const ended = of("c", { state: "stood_down", ended_at: later(-60) });
    expect(current([of("a", {}), of("b", { state: "accepted" })], [], NOW)?.alert_id).toBe("b");
    expect(current([of("a", {}), ended], [], NOW)?.alert_id).toBe("a");
    expect(current([ended], [], NOW)?.alert_id).toBe("c");
    expect(current([ended], ["c"], NOW)).toBeNull();
    expect(current([of("c", { state: "stood_down", ended_at: later(-9000) })], [], NOW)).toBeNull();
  });
});

describe("the queue", () => {
  const queue = () => memoryShelf<readonly Pending[]>([]);

  it("sends in order, keeps what gets no answer, and goes on from there", async () => {
    const on = queue();
    for (const name of ["accept", "aed-collected", "arrived"] as const) await put(step(name), on);
    const sent: string[] = [];
    let away = true;
    const send = (item: Pending): Promise<unknown> => {
      if (away && item.step === "aed-collected") {
        return Promise.reject(new Problem(0, "unreachable", "", ""));
      }
      sent.push(`${item.step ?? ""} ${item.id}`);
      return Promise.resolve({});
    };
    await flush("r1", undefined, send, on);
    const left = await waiting("r1", on);
    expect(left.map((item) => item.step)).toEqual(["aed-collected", "arrived"]);
    away = false;
    await flush("r1", undefined, send, on);
    expect(sent.map((each) => each.split(" ")[0])).toEqual(["accept", "aed-collected", "arrived"]);
    expect(sent[1]).toBe(`aed-collected ${left[0]?.id ?? ""}`);
    expect(await waiting("r1", on)).toEqual([]);
  });

  it("drops what is refused, says so, and does not wait for a sign-in to drop it", async () => {
    const on = queue();
    await put(step("arrived"), on);
    const outcomes: Outcome[] = [];
    const refuse = (status: number) => () => Promise.reject(new Problem(status, "", "", "no"));
    await flush("r1", (outcome) => outcomes.push(outcome), refuse(401), on);
    expect([outcomes.length, (await waiting("r1", on)).length]).toEqual([0, 1]);
    await flush("r1", (outcome) => outcomes.push(outcome), refuse(409), on);
    expect(outcomes[0]?.problem?.status).toBe(409);
    expect(await waiting("r1", on)).toEqual([]);
  });

  it("lets no lane wait for the other, and no one else's steps out", async () => {
    const on = queue();
    await put({ ...step("accept"), lane: "receipt", step: null }, on);
    await put(step("arrived"), on);
    await put({ ...step("shock-delivered"), subject: "r2" }, on);
    const send = (item: Pending) =>
      item.lane === "receipt"
        ? Promise.reject(new Problem(503, "", "", ""))
        : Promise.resolve(undefined);
    await flush("r1", undefined, send, on);
    expect((await waiting("r1", on)).map((item) => item.lane)).toEqual(["receipt"]);
    expect((await waiting("r2", on)).length).toBe(1);
    await forget("r2", on);
    expect((await on.read()).length).toBe(1);
  });

  it("writes nothing down twice", async () => {
    const on = queue();
    const item = step("shock-delivered");
    await Promise.all([put(item, on), put(item, on), put(step("shock-delivered"), on)]);
    expect((await on.read()).length).toBe(2);
  });
});

describe("places", () => {
  // Expected cells: h3.latlng_to_cell(26.2486, 117.6186, 10) of h3-py; the shifted one by prcoords.
  it("become cells on the phone, in whichever datum it speaks", async () => {
    const here = { latitude: 26.2486, longitude: 117.6186 };
    expect(await cellOf(here, "wgs84")).toBe("8a41a34ed617fff");
    expect(await cellOf(here, "gcj02")).toBe("8a41a34e9d67fff");
    const back = await toWgs84(here, "gcj02");
    expect(distanceM(here, back)).toBeGreaterThan(300);
    expect(distanceM(here, back)).toBeLessThan(800);
  });

  it("are told when the cell changes or after a while", () => {
    const last = { cell: "a", at: NOW };
    expect(worthTelling("a", null, NOW)).toBe(true);
    expect(worthTelling("b", last, NOW + 1)).toBe(true);
    expect(worthTelling("a", last, NOW + 60_000)).toBe(false);
    expect(worthTelling("a", last, NOW + 240_000)).toBe(true);
  });
});

describe("the beat", () => {
  it("is 110 a minute, and none is laid out twice or left out", () => {
    expect([beatsAt(-1), beatsAt(0), beatsAt(59.999), beatsAt(60)]).toEqual([0, 1, 110, 111]);
    expect(beatTime(110)).toBeCloseTo(60);
    const laid: number[] = [];
    for (let at = -0.1; at < 30; at += 0.1) laid.push(...beatsBetween(at, at + 0.1));
    expect(laid).toEqual(Array.from({ length: laid.length }, (_, number) => number));
    expect(laid.length).toBe(beatsAt(30));
  });

  it("asks for a change every two minutes, not at the start", () => {
    expect([0, 119, 120, 127, 128, 240].map((at) => changeOver(at))).toEqual([
      false,
      false,
      true,
      true,
      false,
      true,
    ]);
  });
});

describe("a push", () => {
  const message = (change: Partial<Message>): Message => ({
    message_id: "m1",
    alert_id: "alert-1",
    incident_id: "i1",
    kind: "alert",
    sequence: 1,
    task: "direct",
    sent_at: later(-5),
    expires_at: later(60),
    stream_id: "1",
    state: "sent",
    delivered_at: null,
    seen_at: null,
    ...change,
  });

  it("is read whatever it holds", () => {
    expect(readPushData('{"kind":"alert","message_id":"m"}')).toEqual({
      kind: "alert",
      messageId: "m",
    });
    for (const text of [undefined, "", "null", "[]", "{", '{"kind":7}']) {
      expect(readPushData(text)).toEqual({ kind: null, messageId: null });
    }
  });

  it("shows the newest of each incident while it holds", () => {
    const older = message({});
    const newer = message({ message_id: "m2", sequence: 2, kind: "stand_down" });
    const past = message({ message_id: "m3", incident_id: "i2", expires_at: later(-1) });
    const seen = message({ message_id: "m4", incident_id: "i3", state: "seen" });
    expect(toShow([older, newer, past, seen], NOW).map((each) => each.message_id)).toEqual(["m2"]);
    expect(toConfirm([older, past, message({ delivered_at: later(-1) })], NOW)).toEqual([older]);
  });
});

describe("small things", () => {
  it("read hours that the app wrote, and leave others alone", () => {
    for (const hours of ["22:00-07:00", "Mo-Fr 08:00-18:00", "Sa-Su 09:00-12:00"]) {
      const span = spanOf(hours);
      expect(span && hoursOf(span)).toBe(hours);
    }
    expect(spanOf("24/7")).toBeNull();
    expect(spanOf("Mo 08:00-12:00; We off")).toBeNull();
  });

  it("count the last valid day as valid", () => {
    const today = new Date(2026, 2, 1, 23, 59);
    expect(["2026-02-28", "2026-03-01", "2026-03-31"].map((day) => daysLeft(day, today))).toEqual([
      -1, 0, 30,
    ]);
  });

  it("make photos smaller, never larger", () => {
    expect(fit(4000, 3000, 2000)).toEqual([2000, 1500]);
    expect(fit(300, 5000, 900)).toEqual([54, 900]);
    expect(fit(640, 480, 2000)).toEqual([640, 480]);
  });

  it("read a consent's blocks", () => {
    const kinds = blocks("## Words\n\nOne\ntwo **three**\n\n- a\n  more\n- b");
    expect(kinds).toEqual([
      { kind: "heading", text: "Words" },
      { kind: "paragraph", text: "One two **three**" },
      { kind: "list", items: ["a more", "b"] },
    ]);
  });

  it("have words for every code, in both languages, with the same values in them", () => {
    expect(codes.length).toBeGreaterThan(0);
    const names = (text: string): string[] =>
      [...text.matchAll(/\{(\w+)/g)].map((match) => match[1] ?? "").toSorted();
    const other = Object.keys(catalogue.en).filter((key) => {
      const english = new Set(names(catalogue.en[key as keyof typeof catalogue.en]));
      const chinese = names(catalogue.zh[key as keyof typeof catalogue.zh]);
      // Words inside a plural ({...}) are no names: what Chinese uses must be given in English.
      return chinese.some((name) => !english.has(name) && name !== "label");
    });
    expect(other).toEqual([]);
  });
});
