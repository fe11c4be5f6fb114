/** What is asked of the planning service, typed by its OpenAPI document. Errors are Problems. */
import type { components, paths } from "@/api/generated/planning";
import { data, planning } from "@/common/api";
import type { Language } from "@/i18n";
import type { Change, Run, Scenario, ScenarioDetail } from "./types";

type Schemas = components["schemas"];
/** Changes and results are documents in the OpenAPI document; here they have their own types. */
type Changes = Schemas["ScenarioIn"]["changes"];
export type RunIn = NonNullable<
  paths["/planning/runs"]["post"]["requestBody"]
>["content"]["application/json"];

export const listScenarios = async (): Promise<readonly Scenario[]> =>
  data(await planning.GET("/planning/scenarios")).scenarios;

const at = (scenario_id: string) => ({ path: { scenario_id } });
const of = (run_id: string) => ({ path: { run_id } });

/** A scenario and the version of it that was read. */
export async function readScenario(
  scenario: string,
): Promise<{ detail: ScenarioDetail; etag: string | null }> {
  const answer = await planning.GET("/planning/scenarios/{scenario_id}", { params: at(scenario) });
  return {
    detail: data(answer) as unknown as ScenarioDetail,
    etag: answer.response.headers.get("etag"),
  };
}

export interface ScenarioIn {
  readonly name: string;
  readonly based_on: string;
  readonly note?: string;
  readonly changes: readonly Change[];
}

const body = (scenario: ScenarioIn) => ({
  ...scenario,
  changes: scenario.changes as unknown as Changes,
});

type Saved = Pick<Scenario, "id" | "name">;

export const makeScenario = async (scenario: ScenarioIn): Promise<Saved> =>
  data(await planning.POST("/planning/scenarios", { body: body(scenario) }));

export const changeScenario = async (
  which: string,
  scenario: ScenarioIn,
  etag: string | null,
): Promise<Saved> =>
  data(
    await planning.PUT("/planning/scenarios/{scenario_id}", {
      params: { ...at(which), header: { "If-Match": etag ?? "" } },
      body: body(scenario),
    }),
  );

export async function deleteScenario(scenario: string): Promise<void> {
  await planning.DELETE("/planning/scenarios/{scenario_id}", { params: at(scenario) });
}

export const startRun = async (run: RunIn): Promise<{ id: string }> =>
  data(await planning.POST("/planning/runs", { body: run }));

export const listRuns = async (): Promise<readonly Run[]> =>
  data(await planning.GET("/planning/runs", { params: { query: {} } }))
    .runs as unknown as readonly Run[];

export const readRun = async (run: string): Promise<Run> =>
  data(await planning.GET("/planning/runs/{run_id}", { params: of(run) })) as unknown as Run;

export async function stopRun(run: string): Promise<void> {
  await planning.DELETE("/planning/runs/{run_id}", { params: of(run) });
}

export const streamOf = (run: string): string =>
  `/api/planning/runs/${encodeURIComponent(run)}/stream`;

export const FORMATS = ["geojson", "csv", "parquet", "html"] as const;
export type Format = (typeof FORMATS)[number];

/** A run's result as a file. */
export async function exported(run: string, format: Format, language: Language): Promise<Blob> {
  const answer = await planning.GET("/planning/runs/{run_id}/export", {
    params: { ...of(run), query: { format, language } },
    parseAs: "blob",
  });
  return data<unknown>(answer) as Blob;
}
