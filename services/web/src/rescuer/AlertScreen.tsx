/** Somebody near needs help: one sentence, two buttons, a countdown. */
import { distance } from "@/i18n";
import { Icon } from "@/ui/Icon";
import { ring, sound } from "./alarm";
import { Company, Connection, secondsUntil, timeUntil, Unsent, useWhile } from "./Parts";
import { lookedAt, say, screen, shownTask } from "./state";
import { keepAwake } from "./wake";
import { code, w } from "./words";

export function AlertScreen() {
  const task = shownTask.value;
  const inTime = screen.value === "alert";
  useWhile(
    () => {
      void lookedAt();
      const sleep = keepAwake();
      const silence = inTime ? ring() : () => undefined;
      return () => {
        silence();
        sleep();
      };
    },
    `${task?.alert_id ?? ""} ${inTime}`,
  );
  if (!task) return null;
  const left = secondsUntil(task.answer_by);
  const full = (Date.parse(task.answer_by) - Date.parse(task.sent_at)) / 1000;
  const minutes = task.eta_s === null ? null : Math.max(1, Math.round(task.eta_s / 60));
  return (
    <main class="phone full alarm" aria-labelledby="alert-sentence">
      <header class="alarm-head">
        <Icon name="heart" />
        <strong>{w("alert.title")}</strong>
        {inTime && (
          <span class="numbers countdown" role="timer">
            {timeUntil(task.answer_by)}
          </span>
        )}
      </header>
      {inTime && (
        <div class="countdown-bar" aria-hidden="true">
          <div style={{ width: `${Math.min(100, (100 * left) / full)}%` }} />
        </div>
      )}
      <section class="alarm-body" role="alert">
        <h1 id="alert-sentence">
          {task.distance_m === null
            ? w("alert.sentenceNear")
            : w("alert.sentence", { distance: distance(task.distance_m) })}
        </h1>
        <p>
          {code("alert", task.task)}
          {minutes !== null && ` (${w("alert.eta", { minutes })})`}
        </p>
        {!inTime && <p class="late">{w("alert.late")}</p>}
      </section>
      <Company task={task} />
      <p class="soft">{w("alert.address")}</p>
      {inTime && sound.value === "locked" && (
        <p class="strip amber">
          <Icon name="mute" />
          {w("alert.silent")}
        </p>
      )}
      <Connection />
      <Unsent />
      <div class="answers">
        <button type="button" class="button huge yes" onClick={() => void say("accept")}>
          {w("alert.yes")}
        </button>
        <button type="button" class="button huge" onClick={() => void say("decline")}>
          {w("alert.no")}
        </button>
      </div>
    </main>
  );
}
