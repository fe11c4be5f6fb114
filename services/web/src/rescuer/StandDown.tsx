/** Stop, and thanks. */
import { useWhile } from "./Parts";
import { chime } from "./alarm";
import { dismiss, lookedAt, shownTask, summary } from "./state";
import { w } from "./words";
import { Icon } from "@/ui/Icon";

export function StandDown() {
  const task = shownTask.value;
  const told = summary.value;
  useWhile(() => {
    chime();
    void lookedAt();
    return () => undefined;
  }, task?.alert_id);
  if (!task) return null;
  const accepted = Boolean(told?.answered_at);
  const arrived = Boolean(told?.arrived_at);
  return (
    <main class="phone full stand-down" aria-live="assertive">
      <div class="stand-down-mark">
        <Icon name="check" />
      </div>
      <h1>{w(accepted ? "down.title" : "down.asked")}</h1>
      <p>{w(accepted ? "down.text" : "down.askedText")}</p>
      {accepted && task.task === "via_aed" && <p>{w("down.aed")}</p>}
      {arrived && <p>{w("down.arrived")}</p>}
      <button type="button" class="button huge" onClick={() => void dismiss(task.alert_id)}>
        {w("down.ok")}
      </button>
    </main>
  );
}
