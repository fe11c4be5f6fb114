/** What was calculated before: a click looks at it again. */
import { dateTime, percent } from "@/i18n";
import { ErrorNote, Skeleton } from "@/ui/Bits";
import { runName } from "./names";
import { ended, loadRuns, runs, runsFailure, stop } from "./runs";
import type { Kind } from "./types";
import { show, view } from "./view";
import { code, p } from "./words";

const FIRST = 10;

export function RunsList({ kind }: { kind: Kind }) {
  const list = (runs.value ?? []).filter((each) => each.kind === kind).slice(0, FIRST);
  return (
    <section aria-labelledby="runs-title">
      <h3 id="runs-title">{p("runs.title")}</h3>
      {runsFailure.value != null && (
        <ErrorNote error={runsFailure.value} onRetry={() => void loadRuns()} />
      )}
      {runs.value === null && runsFailure.value == null && <Skeleton />}
      {runs.value !== null && list.length === 0 && <p class="soft">{p("runs.none")}</p>}
      <ul class="runs">
        {list.map((run) => {
          const here = run.id === view.value.run;
          return (
            <li key={run.id} class={here ? "here" : ""}>
              <button
                type="button"
                class="button quiet"
                {...(here ? { "aria-current": "true" } : {})}
                onClick={() =>
                  show({
                    kind,
                    run: run.id,
                    beside: null,
                    ...(run.scenario_id ? { scenario: run.scenario_id } : {}),
                    ...(run.other_scenario_id ? { other: run.other_scenario_id } : {}),
                  })
                }
              >
                <strong>{runName(run)}</strong>
                <span class="soft">
                  {code("runState", run.state)}
                  {run.state === "running" && ` ${percent(run.progress)}`}
                  {run.made_at && ` · ${dateTime(run.made_at)}`}
                </span>
              </button>
              {!ended(run) && (
                <button type="button" class="button" onClick={() => void stop(run.id)}>
                  {p("run.stop")}
                </button>
              )}
              {run.state === "done" && !here && kind === "coverage" && view.value.run && (
                <button type="button" class="button" onClick={() => show({ beside: run.id })}>
                  {p("runs.beside")}
                </button>
              )}
            </li>
          );
        })}
      </ul>
    </section>
  );
}
