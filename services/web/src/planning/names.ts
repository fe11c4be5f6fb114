/** What a run is called. */
import { nameOf } from "./state";
import type { Run } from "./types";
import { p } from "./words";

/** What a run was of, in words: a scenario, perhaps with changes. */
export function runName(run: Run | null): string {
  if (!run) return "";
  const count = typeof run.changes === "number" ? run.changes : (run.changes?.length ?? 0);
  const name = nameOf(run.scenario_id ?? null);
  return count > 0 ? p("run.named", { name, count }) : name;
}
