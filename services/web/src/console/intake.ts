/** A call while it is keyed in: what is known, which question is next, and what a key means. */
import type { Datum, Gate } from "./types";

export interface ChosenPlace {
  readonly latitude: number;
  readonly longitude: number;
  readonly datum: Datum;
  readonly label: string;
}

export type Question = "conscious" | "breathing" | "gates";

export interface Draft {
  readonly startedAt: number;
  readonly phone: string;
  readonly place: ChosenPlace | null;
  /** Null: not asked or not known. */
  readonly conscious: boolean | null;
  readonly breathing: boolean | null;
  readonly gates: readonly Gate[];
  readonly bystander: boolean;
  readonly question: Question;
}

/** What was typed before the panel was closed: the next N goes on with it. */
let kept: Draft | null = null;
const KEPT_MS = 10 * 60_000;

export function keptDraft(nowMs: number): Draft | null {
  return kept && nowMs - kept.startedAt < KEPT_MS ? kept : null;
}

export function keepDraft(draft: Draft | null): void {
  kept = draft;
}

export const newDraft = (startedAt: number, phone = ""): Draft => ({
  startedAt,
  phone,
  place: null,
  conscious: null,
  breathing: null,
  gates: [],
  bystander: false,
  question: "conscious",
});

/** One key for each danger; none is Y, N or U, which answer the questions, or B. */
export const GATE_KEYS: Readonly<Record<string, Gate>> = {
  v: "violence",
  t: "traffic",
  f: "fire",
  e: "electricity",
  g: "gas",
  w: "drowning",
  r: "trauma",
  h: "hanging",
  o: "overdose_with_danger",
  c: "small_child",
  d: "do_not_resuscitate",
};

export const keyOfGate = (gate: Gate): string =>
  Object.entries(GATE_KEYS).find(([, each]) => each === gate)?.[0] ?? "";

const ANSWERS: Readonly<Record<string, boolean | null>> = { y: true, n: false, u: null };

export function toggleGate(draft: Draft, gate: Gate): Draft {
  const has = draft.gates.includes(gate);
  return {
    ...draft,
    gates: has ? draft.gates.filter((each) => each !== gate) : [...draft.gates, gate],
  };
}

/** Answers a question and goes on to the next. */
export function answer(draft: Draft, question: Question, value: boolean | null): Draft {
  if (question === "conscious") return { ...draft, conscious: value, question: "breathing" };
  if (question === "breathing") return { ...draft, breathing: value, question: "gates" };
  return draft;
}

/** What a key outside of text fields does; null when it means nothing here, "send" for Enter. */
export function press(draft: Draft, key: string): Draft | "send" | null {
  const pressed = key.toLowerCase();
  if (pressed === "enter") return "send";
  if (pressed === "backspace") {
    const back: Record<Question, Question> = {
      conscious: "conscious",
      breathing: "conscious",
      gates: "breathing",
    };
    return { ...draft, question: back[draft.question] };
  }
  if (pressed in ANSWERS && draft.question !== "gates") {
    return answer(draft, draft.question, ANSWERS[pressed] ?? null);
  }
  if (pressed === "b") return { ...draft, bystander: !draft.bystander };
  const gate = GATE_KEYS[pressed];
  return gate ? toggleGate(draft, gate) : null;
}

export const suspectedArrest = (draft: Draft): boolean =>
  draft.conscious === false && draft.breathing === false;

/** What `POST /calls` takes of a draft; null without a place. */
export function callOf(draft: Draft) {
  if (!draft.place) return null;
  const { latitude, longitude, datum, label } = draft.place;
  const phone = draft.phone.trim();
  return {
    ...(phone ? { caller_phone: phone } : {}),
    place: { latitude, longitude, datum },
    details: label ? { address: label } : {},
    conscious: draft.conscious,
    breathing_normally: draft.breathing,
    gates: [...draft.gates],
    bystander_cpr: draft.bystander,
    received_at: new Date(draft.startedAt).toISOString(),
  };
}
