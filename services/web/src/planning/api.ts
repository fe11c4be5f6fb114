/** What is asked of the planning service. Errors are {@link Problem}s. */
import { onUnauthorized } from "@/common/api";
import { problemOf, unreachable } from "@/common/problem";
import { session } from "@/common/session";
import type { Change, Kind, Run, Scenario, ScenarioDetail } from "./types";

async function ask(path: string, options: RequestInit = {}): Promise<Response> {
  const headers = new Headers(options.headers);
  if (session.value) headers.set("Authorization", `Bearer ${session.value.token}`);
  if (options.body) headers.set("Content-Type", "application/json");
  let answer: Response;
  try {
    answer = await fetch(`/api/planning${path}`, { ...options, headers, cache: "no-store" });
  } catch {
    throw unreachable();
  }
  if (answer.status === 401) onUnauthorized.handle?.();
  if (!answer.ok) throw await problemOf(answer);
  return answer;
}

const json = async <T>(answer: Promise<Response>): Promise<T> =>
  (await answer).json() as Promise<T>;
const id = encodeURIComponent;

export const listScenarios = async (): Promise<readonly Scenario[]> =>
  (await json<{ scenarios: readonly Scenario[] }>(ask("/scenarios"))).scenarios;

/** A scenario and the version of it that was read. */
export async function readScenario(
  scenario: string,
): Promise<{ detail: ScenarioDetail; etag: string | null }> {
  const answer = await ask(`/scenarios/${id(scenario)}`);
  return {
    detail: (await answer.json()) as ScenarioDetail,
    etag: answer.headers.get("etag"),
  };
}

export interface ScenarioIn {
  readonly name: string;
  readonly based_on: string;
  readonly note?: string;
  readonly changes: readonly Change[];
}

export const makeScenario = (scenario: ScenarioIn): Promise<Scenario> =>
  json(ask("/scenarios", { method: "POST", body: JSON.stringify(scenario) }));

export const changeScenario = (
  which: string,
  scenario: ScenarioIn,
  etag: string | null,
): Promise<Scenario> =>
  json(
    ask(`/scenarios/${id(which)}`, {
      method: "PUT",
      body: JSON.stringify(scenario),
      headers: etag ? { "If-Match": etag } : {},
    }),
  );

export async function deleteScenario(scenario: string): Promise<void> {
  await ask(`/scenarios/${id(scenario)}`, { method: "DELETE" });
}

export interface RunIn {
  readonly kind: Kind;
  readonly scenario_id: string;
  readonly other_scenario_id?: string;
  readonly changes?: readonly Change[];
  readonly parameters: Readonly<Record<string, unknown>>;
}

export const startRun = (run: RunIn): Promise<{ id: string }> =>
  json(ask("/runs", { method: "POST", body: JSON.stringify(run) }));

export async function listRuns(): Promise<readonly Run[]> {
  const told = await json<{ runs?: readonly Run[]; items?: readonly Run[] }>(ask("/runs"));
  return told.runs ?? told.items ?? [];
}

export const readRun = (run: string): Promise<Run> => json(ask(`/runs/${id(run)}`));

export async function stopRun(run: string): Promise<void> {
  await ask(`/runs/${id(run)}`, { method: "DELETE" });
}

export const streamOf = (run: string): string => `/api/planning/runs/${id(run)}/stream`;

export const FORMATS = ["geojson", "csv", "parquet", "html"] as const;
export type Format = (typeof FORMATS)[number];

/** A run's result as a file. */
export async function exported(run: string, format: Format, language: string): Promise<Blob> {
  const query = new URLSearchParams({ format, language });
  return (await ask(`/runs/${id(run)}/export?${query.toString()}`)).blob();
}
