/** Runs: started, followed while they go on, looked at when they are done. */
import { computed, signal } from "@preact/signals";
import { openStream } from "@/common/stream";
import * as api from "./api";
import { draft } from "./state";
import type { Change, Coverage, Kind, Run, Simulation, Siting } from "./types";
import { show, view } from "./view";

export const runs = signal<readonly Run[] | null>(null);
export const runsFailure = signal<unknown>(null);
/** Why the last start was refused. */
export const startFailure = signal<unknown>(null);
export const starting = signal(false);
const known = signal<ReadonlyMap<string, Run>>(new Map());
const failures = signal<ReadonlyMap<string, unknown>>(new Map());

export const ended = (run: Run): boolean =>
  run.state === "done" || run.state === "failed" || run.state === "stopped";

const runOf = (id: string | null): Run | null => (id ? (known.value.get(id) ?? null) : null);
export const current = computed(() => runOf(view.value.run));
export const beside = computed(() => runOf(view.value.beside));
export const currentFailure = computed(() =>
  view.value.run ? (failures.value.get(view.value.run) ?? null) : null,
);

const resultOf = (run: Run | null, kinds: readonly Kind[]): unknown =>
  run?.state === "done" && kinds.includes(run.kind) ? (run.result ?? null) : null;
export const coverage = computed(() => resultOf(current.value, ["coverage"]) as Coverage | null);
export const otherCoverage = computed(
  () => resultOf(beside.value, ["coverage"]) as Coverage | null,
);
export const siting = computed(
  () => resultOf(current.value, ["site", "relocate"]) as Siting | null,
);
export const simulation = computed(
  () => resultOf(current.value, ["simulate", "compare"]) as Simulation | null,
);

function keep(run: Run): void {
  const before = known.peek().get(run.id);
  // An event tells how far it is, without the result that may be here already.
  const whole = before ? { ...before, ...run, result: run.result ?? before.result ?? null } : run;
  known.value = new Map(known.peek()).set(run.id, whole);
  const list = runs.peek();
  if (!list) return;
  const row: Run = { ...whole, result: null };
  runs.value = list.some((each) => each.id === run.id)
    ? list.map((each) => (each.id === run.id ? { ...each, ...row } : each))
    : [row, ...list];
}

export async function loadRuns(): Promise<void> {
  runsFailure.value = null;
  try {
    runs.value = await api.listRuns();
  } catch (error) {
    runsFailure.value = error;
  }
}

const followed = new Set<string>();

/** Reads a run, and follows it until it has ended. */
export async function open(id: string): Promise<Run | null> {
  const here = known.peek().get(id);
  if (here?.result || followed.has(id)) return here ?? null;
  followed.add(id);
  const failed = new Map(failures.peek());
  if (failed.delete(id)) failures.value = failed;
  try {
    const run = await api.readRun(id);
    keep(run);
    if (!ended(run)) await followToEnd(id);
    return known.peek().get(id) ?? null;
  } catch (error) {
    failures.value = new Map(failures.peek()).set(id, error);
    return null;
  } finally {
    followed.delete(id);
  }
}

function followToEnd(id: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let over = false;
    const finish = (): void => {
      if (over) return;
      over = true;
      stream.close();
      api.readRun(id).then((run) => {
        keep(run);
        resolve();
      }, reject);
    };
    const stream = openStream({
      url: api.streamOf(id),
      onEvent: ({ data }) => {
        if (typeof data !== "object" || data === null || !("state" in data)) return;
        const told = data as Partial<Run>;
        const before = known.peek().get(id);
        if (before) keep({ ...before, ...told, id });
        if (told.state === "done" || told.state === "failed" || told.state === "stopped") finish();
      },
      // It may have ended while nobody listened.
      onReconnect: () => {
        void api.readRun(id).then((run) => {
          keep(run);
          if (ended(run)) finish();
        });
      },
    });
  });
}

const same = (changes: Run["changes"]): boolean =>
  changes === undefined ||
  changes === null ||
  (typeof changes === "number" ? changes === 0 : changes.length === 0);

/** The newest finished run of a scenario as it is saved, without changes. */
export function newest(kind: Kind, scenario: string): Run | null {
  return (
    (runs.value ?? [])
      .filter((run) => run.kind === kind && run.state === "done" && same(run.changes))
      .filter((run) => run.scenario_id === scenario)
      .sort((a, b) => (b.made_at ?? "").localeCompare(a.made_at ?? ""))[0] ?? null
  );
}

async function begin(
  kind: Kind,
  scenario: string,
  parameters: Readonly<Record<string, unknown>>,
  changes: readonly Change[],
  other: string | null,
): Promise<string> {
  const asked = {
    kind,
    scenario_id: scenario,
    ...(other ? { other_scenario_id: other } : {}),
    ...(changes.length > 0 ? { changes } : {}),
    parameters,
  };
  // Which parameters go with which kind is held by asking.ts and its tests.
  const { id } = await api.startRun(asked as unknown as api.RunIn);
  void open(id);
  return id;
}

/** Starts a run of what is seen: the scenario with the changes made here. */
export async function calculate(
  kind: Kind,
  parameters: Readonly<Record<string, unknown>>,
): Promise<void> {
  const { scenario, other } = view.peek();
  const changes = draft.peek();
  starting.value = true;
  startFailure.value = null;
  try {
    let against: string | null = null;
    if (kind === "coverage" && (changes.length > 0 || other)) {
      const basis = changes.length > 0 ? (other ?? scenario) : (other ?? "");
      against = newest("coverage", basis)?.id ?? null;
      against ??= await begin("coverage", basis, parameters, [], null);
      void open(against);
    }
    const second = kind === "compare" ? other : null;
    const run = await begin(kind, scenario, parameters, changes, second);
    show({ kind, run, beside: against });
  } catch (error) {
    startFailure.value = error;
  } finally {
    starting.value = false;
  }
}

export async function stop(id: string): Promise<void> {
  try {
    await api.stopRun(id);
    keep(await api.readRun(id));
  } catch (error) {
    startFailure.value = error;
  }
}
