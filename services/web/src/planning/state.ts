/** The scenario that is looked at, what is changed of it here, and all that was calculated. */
import { computed, effect, signal } from "@preact/signals";
import * as api from "./api";
import { language } from "@/i18n";
import { applied, withChange } from "./changes";
import type { Change, Scenario, ScenarioDetail } from "./types";
import { view } from "./view";
import { p } from "./words";

export const scenarios = signal<readonly Scenario[] | null>(null);
export const scenariosFailure = signal<unknown>(null);
export const detail = signal<ScenarioDetail | null>(null);
export const detailFailure = signal<unknown>(null);
/** Which version of the scenario was read: a save names it. */
export const etag = signal<string | null>(null);

export async function loadScenarios(): Promise<void> {
  scenariosFailure.value = null;
  try {
    scenarios.value = await api.listScenarios();
  } catch (error) {
    scenariosFailure.value = error;
  }
}

let asked = 0;

export async function loadDetail(id: string): Promise<void> {
  asked += 1;
  const mine = asked;
  detailFailure.value = null;
  if (detail.peek()?.id !== id) detail.value = null;
  try {
    const found = await api.readScenario(id);
    // An older question's answer may come last: it is not what is looked at now.
    if (mine !== asked) return;
    detail.value = found.detail;
    etag.value = found.etag;
  } catch (error) {
    if (mine === asked) detailFailure.value = error;
  }
}

/** What is changed here and not saved yet, with what can be undone and done again. */
interface Draft {
  readonly of: string;
  readonly past: readonly (readonly Change[])[];
  readonly now: readonly Change[];
  readonly future: readonly (readonly Change[])[];
}

const KEY = "lifering.planning.draft.";
const empty = (of: string): Draft => ({ of, past: [], now: [], future: [] });

/** A page that is loaded again goes on where it was. */
function kept(of: string): Draft {
  try {
    const found: unknown = JSON.parse(sessionStorage.getItem(KEY + of) ?? "[]");
    return { ...empty(of), now: Array.isArray(found) ? (found as Change[]) : [] };
  } catch {
    return empty(of);
  }
}

const drafts = signal<Draft>(kept(view.peek().scenario));

effect(() => {
  const of = view.value.scenario;
  if (drafts.peek().of !== of) drafts.value = kept(of);
});

function put(draft: Draft): void {
  drafts.value = draft;
  if (draft.now.length === 0) sessionStorage.removeItem(KEY + draft.of);
  else sessionStorage.setItem(KEY + draft.of, JSON.stringify(draft.now));
}

export const draft = computed(() => drafts.value.now);
export const canUndo = computed(() => drafts.value.past.length > 0);
export const canRedo = computed(() => drafts.value.future.length > 0);

export function change(next: Change): void {
  const { of, past, now } = drafts.peek();
  put({ of, past: [...past, now], now: withChange(now, next), future: [] });
}

export function dropChange(index: number): void {
  const { of, past, now } = drafts.peek();
  put({ of, past: [...past, now], now: now.filter((_, each) => each !== index), future: [] });
}

export function manyChanges(more: readonly Change[]): void {
  const { of, past, now } = drafts.peek();
  put({ of, past: [...past, now], now: more.reduce(withChange, now), future: [] });
}

export function clearChanges(): void {
  const { of, past, now } = drafts.peek();
  if (now.length > 0) put({ of, past: [...past, now], now: [], future: [] });
}

/** After they are saved there is nothing to go back to. */
export function forgetChanges(): void {
  put(empty(drafts.peek().of));
}

export function undo(): void {
  const { of, past, now, future } = drafts.peek();
  const before = past.at(-1);
  if (before) put({ of, past: past.slice(0, -1), now: before, future: [now, ...future] });
}

export function redo(): void {
  const { of, past, now, future } = drafts.peek();
  const after = future[0];
  if (after) put({ of, past: [...past, now], now: after, future: future.slice(1) });
}

/** The places as they stand with what is changed here. */
export const edited = computed(() =>
  applied(detail.value?.sites ?? { aeds: [], stations: [] }, draft.value),
);

/** A scenario as it is called in the reader's language: built-in ones have both titles. */
export function titleOf(scenario: Pick<Scenario, "id" | "name" | "source" | "note">): string {
  if (scenario.source === "live") return p("scenarios.live");
  const chinese = scenario.source === "built-in" && language.value !== "en";
  return (chinese ? scenario.note : null) || scenario.name;
}

export function nameOf(id: string | null): string {
  const found = scenarios.value?.find((each) => each.id === id);
  return found ? titleOf(found) : id === "live" ? p("scenarios.live") : (id ?? "");
}
