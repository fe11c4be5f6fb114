/** From what the console knows to what the map draws; pure, so that it can be tested. */
import { clock } from "@/common/clock";
import type { AedMark, PatientMark, Place, ResponderMark, Route, UnitMark } from "@/map";
import { labelOf } from "./labels";
import type { Aed, Unit } from "./registers";
import type { Live, Row } from "./types";

/** A position that is older is drawn faint: it says where somebody was. */
const STALE_MS = 60_000;

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

/** Lines from everybody who comes, over their AED, to the patient: who goes where, not the streets. */
export function waysOnMap(
  live: Live | null,
  patient: Place | undefined,
  aeds: ReadonlyMap<string, Aed>,
): Route[] {
  if (!patient || !live) return [];
  const people = live.rescuers.flatMap((each): Route[] => {
    if (!each.place || each.state === "arrived") return [];
    const aed = each.state === "accepted" && each.aed_id ? aeds.get(each.aed_id)?.place : undefined;
    return [
      {
        id: each.alert_id,
        of: "responder",
        points: aed ? [each.place, aed, patient] : [each.place, patient],
      },
    ];
  });
  const units = live.units.flatMap((each): Route[] =>
    each.place && ["acknowledged", "mobile"].includes(each.state)
      ? [{ id: each.order_id, of: "unit", points: [each.place, patient] }]
      : [],
  );
  return [...people, ...units];
}
