/** How far a run is, how to stop it, and what went wrong. */
import { dateTime, language, percent } from "@/i18n";
import { ErrorNote, Skeleton } from "@/ui/Bits";
import { Icon } from "@/ui/Icon";
import { runName } from "./names";
import { current, currentFailure, ended, open, stop } from "./runs";
import type { Run } from "./types";
import { view } from "./view";
import { code, p } from "./words";

export function problemText(run: Run): string {
  const { problem } = run;
  if (!problem) return p("run.failedHelp");
  if (typeof problem === "string") return problem;
  return problem.detail || problem.title || p("run.failedHelp");
}

/** Nothing for a run that is done: its result is what is seen then. */
export function RunState() {
  const id = view.value.run;
  const run = current.value;
  if (!id) return null;
  if (currentFailure.value != null) {
    return <ErrorNote error={currentFailure.value} onRetry={() => void open(id)} />;
  }
  if (!run) return <Skeleton lines={6} />;
  if (run.state === "done") return run.result ? null : <Skeleton lines={6} />;
  if (run.state === "failed") {
    return (
      <div class="banner red" role="alert">
        <Icon name="alert" />
        <span>
          {p("run.failed")} {problemText(run)}
        </span>
      </div>
    );
  }
  if (run.state === "stopped") return <p class="banner plain">{p("run.stopped")}</p>;
  return <Progress run={run} />;
}

/** The service's own words where we have them; its English only to who reads English. */
function said(text: string): string {
  const known = code("said", text);
  return known !== text || language.value === "en" ? known : p("run.waitHelp");
}

function Progress({ run }: { run: Run }) {
  return (
    <div class="progress" aria-live="polite">
      <p>
        <strong>{code("runState", run.state)}</strong>{" "}
        <span class="numbers">{percent(run.progress)}</span>
      </p>
      <progress max="1" value={run.progress} aria-label={p("run.progress")} />
      <p class="soft">{run.said ? said(run.said) : p("run.waitHelp")}</p>
      <button type="button" class="button" disabled={ended(run)} onClick={() => void stop(run.id)}>
        {p("run.stop")}
      </button>
    </div>
  );
}

export function RunFacts({ run }: { run: Run }) {
  return (
    <p class="soft run-facts">
      <strong>{runName(run)}</strong>
      {" · "}
      {run.made_at ? dateTime(run.made_at) : ""}
      {run.made_by ? ` · ${run.made_by}` : ""}
    </p>
  );
}
