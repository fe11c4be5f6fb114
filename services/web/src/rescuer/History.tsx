/** What one was asked, and how often lately. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { ErrorNote, Skeleton } from "@/ui/Bits";
import { whenOf } from "./dates";
import { ask, askIfThere } from "./net";
import type { TaskSummary } from "./types";
import { code, w } from "./words";

interface Page {
  readonly items: readonly TaskSummary[];
  readonly next_cursor?: string | null;
}

interface Fatigue {
  readonly alerts_7d: number;
  readonly alerts_30d: number;
  readonly budget: number | null;
  readonly resting_until?: string | null;
}

const PAGE = 20;

export function History() {
  const items = useSignal<readonly TaskSummary[] | null>(null);
  const next = useSignal<string | null>(null);
  const problem = useSignal<unknown>(null);
  const more = async (): Promise<void> => {
    problem.value = null;
    try {
      const after = next.peek() ? `&cursor=${encodeURIComponent(next.peek() ?? "")}` : "";
      const page = await ask<Page>(`/me/tasks?limit=${PAGE}${after}`);
      items.value = [...(items.peek() ?? []), ...page.items];
      next.value = page.next_cursor ?? null;
    } catch (error) {
      problem.value = error;
    }
  };
  useEffect(() => void more(), []);
  return (
    <section class="stack">
      <FatigueNow />
      {problem.value !== null && <ErrorNote error={problem.value} onRetry={() => void more()} />}
      {items.value === null ? (
        problem.value === null && <Skeleton lines={6} />
      ) : items.value.length === 0 ? (
        <p class="empty">{w("history.none")}</p>
      ) : (
        <ul class="history">
          {items.value.map((task) => (
            <li key={task.alert_id}>
              <time class="numbers" dateTime={task.sent_at}>
                {whenOf(task.sent_at)}
              </time>
              <strong>{code("outcome", task.arrived_at ? "arrived" : task.state)}</strong>
              <span class="soft">{code("outcome.task", task.task)}</span>
            </li>
          ))}
        </ul>
      )}
      {next.value && (
        <button type="button" class="button large wide" onClick={() => void more()}>
          {w("history.more")}
        </button>
      )}
    </section>
  );
}

function FatigueNow() {
  const told = useSignal<Fatigue | null | undefined>(undefined);
  useEffect(() => {
    void askIfThere<Fatigue>("/me/fatigue").then(
      (read) => (told.value = read ?? null),
      () => (told.value = null),
    );
  }, []);
  const read = told.value;
  if (!read) return null;
  return (
    <div class="card">
      <dl class="numbers-row">
        <div>
          <dt>{w("history.week")}</dt>
          <dd class="numbers">{read.alerts_7d}</dd>
        </div>
        <div>
          <dt>{w("history.month")}</dt>
          <dd class="numbers">{read.alerts_30d}</dd>
        </div>
        {read.budget !== null && (
          <div>
            <dt>{w("history.budget")}</dt>
            <dd class="numbers">{read.budget}</dd>
          </div>
        )}
      </dl>
      {read.resting_until && (
        <p class="strip amber">{w("history.resting", { time: whenOf(read.resting_until) })}</p>
      )}
    </div>
  );
}
