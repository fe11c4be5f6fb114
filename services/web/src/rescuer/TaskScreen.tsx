/** An accepted task: the next step fills the screen, everything else is below it. */
import { useSignal } from "@preact/signals";
import { Icon } from "@/ui/Icon";
import { chime } from "./alarm";
import { Cpr } from "./Cpr";
import { live } from "./live";
import { Call120, Company, Connection, Unsent, useWhile } from "./Parts";
import { nextOf, type Next } from "./project";
import { lookedAt, say, shownTask, taken, taskChange } from "./state";
import { AedFacts, PatientFacts } from "./TaskFacts";
import { TaskMap } from "./TaskMap";
import type { Task } from "./types";
import { keepAwake } from "./wake";
import { code, w, type RescuerKey } from "./words";

const TITLES: Readonly<Record<Exclude<Next, "treat">, RescuerKey>> = {
  fetch_aed: "task.fetch_aed",
  go: "task.go",
  door: "task.door",
  guide: "task.guide",
};

export function TaskScreen() {
  const task = shownTask.value;
  useWhile(() => {
    void lookedAt();
    return keepAwake();
  }, task?.alert_id);
  if (!task) return null;
  const next = nextOf(task);
  return (
    <main class="phone full task">
      <Changed task={task} />
      <Connection />
      <Unsent />
      {next === "treat" ? <Cpr task={task} /> : <OnTheWay task={task} next={next} />}
      <footer class="task-foot">
        {next !== "treat" && <Company task={task} />}
        {next !== "treat" && <Call120 />}
        {task.state !== "arrived" && <Withdraw />}
      </footer>
    </main>
  );
}

function OnTheWay({ task, next }: { task: Task; next: Exclude<Next, "treat"> }) {
  const withAed = next === "go" && task.state === "aed_collected";
  const steps = taken.value[task.alert_id] ?? [];
  return (
    <>
      <h1 class="task-title" aria-live="polite">
        {w(withAed ? "task.goWithAed" : TITLES[next])}
      </h1>
      {!task.place ? (
        <section class="where" aria-busy="true">
          <strong>{w("task.waitAddress")}</strong>
          <p>{w("task.waitAddressWhy")}</p>
        </section>
      ) : next === "fetch_aed" && task.aed ? (
        <AedFacts aed={task.aed} />
      ) : (
        <PatientFacts task={task} />
      )}
      {next === "door" && <p class="soft">{w("task.doorHelp")}</p>}
      {next === "guide" && <p>{w("task.guideHelp")}</p>}
      <div class="answers sticky">
        {next === "fetch_aed" && (
          <>
            <StepButton step="aed-collected" big more={{ aed_id: task.aed?.id }}>
              {w("task.has")}
            </StepButton>
            <StepButton step="aed-missing" more={{ aed_id: task.aed?.id }}>
              {w("task.missing")}
            </StepButton>
          </>
        )}
        {(next === "go" || next === "door") && (
          <>
            <StepButton step="arrived" big>
              {w(next === "door" ? "task.atDoor" : "task.arrived")}
            </StepButton>
            {next === "go" && !steps.includes("at-building") && (
              <StepButton step="at-building">{w("task.atBuilding")}</StepButton>
            )}
          </>
        )}
        {/* Without a position nobody sees that somebody moves, and replaces them. */}
        {live.value !== "on" && task.state === "accepted" && !steps.includes("departed") && (
          <StepButton step="departed">{w("task.departed")}</StepButton>
        )}
      </div>
      <TaskMap task={task} viaAed={next === "fetch_aed"} />
      <p class="soft">{w("task.safety")}</p>
    </>
  );
}

interface StepProps {
  readonly step: Parameters<typeof say>[0];
  readonly big?: boolean;
  readonly more?: Record<string, unknown>;
  readonly children: string;
}

function StepButton({ step, big, more, children }: StepProps) {
  return (
    <button
      type="button"
      class={`button ${big ? "huge yes" : "large wide"}`}
      onClick={() => void say(step, clean(more))}
    >
      {children}
    </button>
  );
}

const clean = (more: Record<string, unknown> = {}): Record<string, unknown> =>
  Object.fromEntries(Object.entries(more).filter(([, value]) => value !== undefined));

/** Somebody else changed the task: said until it was read. */
function Changed({ task }: { task: Task }) {
  const change = taskChange.value;
  useWhile(() => {
    if (change) chime();
    return () => undefined;
  }, change ?? "");
  if (!change) return null;
  return (
    <section class="strip red changed" role="alert">
      <Icon name="alert" />
      <div>
        <strong>{w("task.changed")}</strong>
        <p>{code("task.changed", change === "task" ? `task.${task.task}` : change)}</p>
        <button type="button" class="button wide" onClick={() => (taskChange.value = null)}>
          {w("task.understood")}
        </button>
      </div>
    </section>
  );
}

function Withdraw() {
  const asked = useSignal(false);
  if (!asked.value) {
    return (
      <button type="button" class="button quiet wide" onClick={() => (asked.value = true)}>
        {w("task.withdraw")}
      </button>
    );
  }
  return (
    <div class="withdraw" role="group" aria-label={w("task.withdraw")}>
      <p>{w("task.withdrawSure")}</p>
      <button type="button" class="button wide danger" onClick={() => void say("withdraw")}>
        {w("task.withdrawYes")}
      </button>
      <button type="button" class="button wide" onClick={() => (asked.value = false)}>
        {w("task.withdrawNo")}
      </button>
    </div>
  );
}
