/** From what the console knows to what the map draws; pure, so that it can be tested. */
import { clock } from "@/common/clock";
import { onwards } from "@/common/onwards";
import type { AedMark, PatientMark, Place, ResponderMark, Route, UnitMark } from "@/map";
import { labelOf } from "./labels";
import { metresBetween } from "@/common/distance";
import type { Aed, Unit } from "./registers";
import type { Live, Row, Ways } from "./types";

/** A position that is older is drawn faint: it says where somebody was. */
const STALE_MS = 60_000;

const TO_COME = new Set(["notified", "acknowledged", "mobile"]);
const FREE = new Set(["available", "returning"]);
const OUT = new Set(["off_duty", "out_of_service"]);

export const patientsOnMap = (rows: Iterable<Row>): PatientMark[] =>
  [...rows].map((row) => ({
    id: row.id,
    place: row.place,
    label: labelOf(row),
    state: row.arrived > 0 || row.unit_there ? "reached" : "waiting",
  }));

function remaining(expectedAt: string | null, nowMs: number): string {
  if (!expectedAt) return "";
  const left = (Date.parse(expectedAt) - nowMs) / 1000;
  return left > 0 ? ` ${clock(left)}` : "";
}

const stale = (locatedAt: string | null, nowMs: number): boolean =>
  locatedAt !== null && nowMs - Date.parse(locatedAt) > STALE_MS;

export const respondersOnMap = (live: Live | null, nowMs: number): ResponderMark[] =>
  (live?.rescuers ?? []).flatMap((each) =>
    each.place
      ? [
          {
            id: each.alert_id,
            place: each.place,
            label: `${each.rescuer_id}${
              each.state === "arrived" ? "" : remaining(each.expected_at, nowMs)
            }`,
            task: each.task as ResponderMark["task"],
            state: each.state === "arrived" ? ("arrived" as const) : ("accepted" as const),
            stale: stale(each.located_at, nowMs),
          },
        ]
      : [],
  );

/** Every unit of the register; those that come are where the incident's stream says. */
export function unitsOnMap(
  units: ReadonlyMap<string, Unit>,
  live: Live | null,
  nowMs: number,
): UnitMark[] {
  const coming = new Map((live?.units ?? []).map((each) => [each.unit_id, each]));
  return [...units.values()].map((unit) => {
    const now = coming.get(unit.id);
    const place = now?.place ?? unit.place;
    const state = OUT.has(unit.state)
      ? ("out_of_service" as const)
      : FREE.has(unit.state) && !now
        ? ("free" as const)
        : ("busy" as const);
    return {
      id: unit.id,
      place,
      label: `${unit.id}${now ? remaining(now.expected_at, nowMs) : ""}`,
      state,
    };
  });
}

/** `open` says of each AED whether it can be reached now; null is unknown. */
export const aedsOnMap = (
  aeds: ReadonlyMap<string, Aed>,
  open: ReadonlyMap<string, boolean | null>,
): AedMark[] =>
  [...aeds.values()].map((aed) => {
    const reachable = open.get(aed.id) ?? null;
    const works = aed.effective_state === "in_service";
    return {
      id: aed.id,
      place: aed.place,
      label: aed.name,
      state:
        reachable === false || aed.effective_state === "out_of_service"
          ? "closed"
          : reachable && works
            ? "open"
            : "doubtful",
    };
  });

const METRES_OF_DEGREE = 111_195;
/** Wide enough for the streets that people on foot come from. */
const AROUND_M = 450;
/** An AED farther away belongs to somebody who starts far away. */
const AED_WITHIN_M = 1_500;

/** What the map looks at when an incident is opened: the streets around, and the AEDs of its tasks. */
export function viewOf(patient: Place, fetched: readonly Place[]): Place[] {
  const { latitude, longitude } = patient;
  const north = AROUND_M / METRES_OF_DEGREE;
  const east = north / Math.max(0.05, Math.cos((latitude * Math.PI) / 180));
  return [
    { latitude: latitude - north, longitude: longitude - east },
    { latitude: latitude + north, longitude: longitude + east },
    ...fetched.filter((each) => metresBetween(each, patient) < AED_WITHIN_M),
  ];
}

/** Somebody who accepted and tells no position: where the decision believes them, faint. */
export const believedOnMap = (
  ways: Ways | null,
  live: Live | null,
  nowMs: number,
): ResponderMark[] =>
  (live?.rescuers ?? []).flatMap((each) => {
    const start = ways?.ways.find((way) => way.id === each.alert_id)?.legs[0]?.points[0];
    if (each.place || each.state === "arrived" || !start) return [];
    return [
      {
        id: each.alert_id,
        place: { latitude: start[0], longitude: start[1] },
        label: `${each.rescuer_id}${remaining(each.expected_at, nowMs)}`,
        task: each.task as ResponderMark["task"],
        state: "accepted" as const,
        stale: true,
      },
    ];
  });

type Legs = Ways["ways"][number]["legs"];

/** A stretch off the streets that is longer is drawn as the guess that it is. */
const OFF_STREET_M = 60;

/** A way through streets, and by itself its last stretch where that leads far off them. */
function parts(points: Place[]): { points: Place[]; guess: boolean }[] {
  const [corner, goal] = points.slice(-2);
  if (points.length < 3 || !corner || !goal || metresBetween(corner, goal) <= OFF_STREET_M) {
    return [{ points, guess: false }];
  }
  return [
    { points: points.slice(0, -1), guess: false },
    { points: [corner, goal], guess: true },
  ];
}

/** One line as long as it is drawn the same way; the first begins where they are now. */
function linesOf(id: string, of: Route["of"], legs: Legs, here: Place | null): Route[] {
  const found: Route[] = [];
  legs.forEach((leg, index) => {
    let points = leg.points.map(([latitude, longitude]) => ({ latitude, longitude }));
    if (index === 0 && here) points = onwards(points, here);
    const drawn = leg.drawn === "straight" ? [{ points, guess: true }] : parts(points);
    for (const part of drawn) {
      const before = found.at(-1);
      if (before && before.guess === part.guess) {
        const longer = [...before.points, ...part.points.slice(1)];
        found[found.length - 1] = { ...before, points: longer };
      } else {
        found.push({ id: found.length === 0 ? id : `${id} ${found.length}`, of, ...part });
      }
    }
  });
  return found;
}

/**
 * From everybody who comes, over their AED, to the patient. Through the streets as dispatch drew
 * them; until it has, and for a step that it has not heard of yet, a straight guess.
 */
export function waysOnMap(
  live: Live | null,
  patient: Place | undefined,
  aeds: ReadonlyMap<string, Aed>,
  ways: Ways | null,
): Route[] {
  if (!patient || !live) return [];
  const drawn = new Map((ways?.ways ?? []).map((way) => [way.id, way.legs]));
  const people = live.rescuers.flatMap((each): Route[] => {
    if (each.state === "arrived") return [];
    const fetches = each.state === "accepted" && each.aed_id !== null;
    const legs = drawn.get(each.alert_id);
    if (legs && legs.some((leg) => leg.to === "aed") === fetches) {
      return linesOf(each.alert_id, "responder", legs, each.place);
    }
    if (!each.place) return [];
    const aed = fetches && each.aed_id ? aeds.get(each.aed_id)?.place : undefined;
    const points = aed ? [each.place, aed, patient] : [each.place, patient];
    return [{ id: each.alert_id, of: "responder", points, guess: true }];
  });
  const units = live.units.flatMap((each): Route[] => {
    const legs = drawn.get(each.order_id);
    if (!each.place || !TO_COME.has(each.state)) return [];
    if (legs) return linesOf(each.order_id, "unit", legs, each.place);
    return [{ id: each.order_id, of: "unit", points: [each.place, patient], guess: true }];
  });
  return [...people, ...units];
}
