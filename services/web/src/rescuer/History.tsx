/** What one was asked, and how often lately. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { ErrorNote, Skeleton } from "@/ui/Bits";
import { whenOf } from "./dates";
import { ask } from "./net";
import type { Fatigue, HistoryItem } from "./types";
import { code, w } from "./words";

interface Page {
  readonly items: readonly HistoryItem[];
  readonly next_before: string | null;
}

const PAGE = 20;

export function History() {
  const items = useSignal<readonly HistoryItem[] | null>(null);
  const next = useSignal<string | null>(null);
  const problem = useSignal<unknown>(null);
  const more = async (): Promise<void> => {
    problem.value = null;
    try {
      const after = next.peek() ? `&before=${encodeURIComponent(next.peek() ?? "")}` : "";
      const page = await ask<Page>(`/me/history?limit=${PAGE}${after}`);
      items.value = [...(items.peek() ?? []), ...page.items];
      next.value = page.next_before;
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
              <time class="numbers" dateTime={task.at}>
                {whenOf(task.at)}
              </time>
              <strong>
                {task.outcome ? code("end", task.outcome) : code("said", task.answer)}
              </strong>
              <span class="soft">{code("outcome.task", task.kind)}</span>
              {task.survey === "open" && <a href="#/survey">{w("history.answer")}</a>}
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
  const told = useSignal<Fatigue | null>(null);
  useEffect(() => {
    void ask<Fatigue>("/me/fatigue").then(
      (read) => (told.value = read),
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
        <div>
          <dt>{w("history.budget", { days: read.budget.window_days })}</dt>
          <dd class="numbers">{read.budget.left}</dd>
        </div>
      </dl>
      {read.resting_until && (
        <p class="strip amber">{w("history.resting", { time: whenOf(read.resting_until) })}</p>
      )}
    </div>
  );
}
