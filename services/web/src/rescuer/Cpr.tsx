/** At the patient: the beat, the count, and what to say. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { clock } from "@/common/clock";
import { type Metronome, startMetronome } from "./alarm";
import { BEATS_PER_MINUTE, beatsAt, changeOver } from "./beat";
import { Call120, Company } from "./Parts";
import { say, taken } from "./state";
import type { Task } from "./types";
import { w } from "./words";

/** How often the count is looked at: more often than it changes. */
const LOOK_EVERY_MS = 90;

export function Cpr({ task }: { task: Task }) {
  const metronome = useSignal<Metronome | null>(null);
  const beats = useSignal(0);
  const before = useSignal({ beats: 0, seconds: 0 });
  const seconds = useSignal(0);
  const steps = taken.value[task.alert_id] ?? [];
  const shocks = steps.filter((step) => step === "shock-delivered").length;
  useEffect(() => {
    const timer = setInterval(() => {
      const running = metronome.peek();
      if (!running) return;
      const elapsed = running.elapsedS();
      beats.value = before.peek().beats + beatsAt(elapsed);
      seconds.value = Math.floor(before.peek().seconds + Math.max(0, elapsed));
    }, LOOK_EVERY_MS);
    return () => {
      clearInterval(timer);
      metronome.peek()?.stop();
    };
  }, []);
  const begin = (): void => {
    metronome.value = startMetronome();
    if (!steps.includes("cpr-started")) void say("cpr-started");
  };
  const pause = (): void => {
    before.value = { beats: beats.peek(), seconds: seconds.peek() };
    metronome.peek()?.stop();
    metronome.value = null;
  };
  const running = metronome.value !== null;
  const hasAed = task.task === "via_aed";
  return (
    <section class="cpr">
      <h1 class="task-title">{w("cpr.title")}</h1>
      <p class="cpr-how">{w("cpr.how")}</p>
      <button
        type="button"
        class={`cpr-beat ${running ? "running" : ""}`}
        aria-pressed={running}
        onClick={running ? pause : begin}
      >
        <span class="cpr-pulse" key={running ? beats.value : -1} aria-hidden="true" />
        {running || beats.value > 0 ? (
          <span class="cpr-count numbers">{beats.value}</span>
        ) : (
          <span class="cpr-start">{BEATS_PER_MINUTE}/min</span>
        )}
        <span class="cpr-label">
          {beats.value > 0 ? `${w("cpr.count")} · ` : ""}
          {w(running ? "cpr.stop" : "cpr.start")}
        </span>
      </button>
      <p class="cpr-clock numbers" role={changeOver(seconds.value) ? "alert" : undefined}>
        {changeOver(seconds.value)
          ? w("cpr.change")
          : `${clock(seconds.value)} ${w("cpr.elapsed")}`}
      </p>
      <div class="answers">
        <button type="button" class="button huge" onClick={() => void say("shock-delivered")}>
          {w("cpr.shock")}
        </button>
      </div>
      <p class="soft" aria-live="polite">
        {w("cpr.shocks", { count: shocks })}
        {hasAed && ` · ${w("cpr.aedHelp")}`}
      </p>
      <div class="row">
        <Call120 />
        {hasAed && !steps.includes("aed-on") && (
          <button type="button" class="button" onClick={() => void say("aed-on")}>
            {w("cpr.aedOn")}
          </button>
        )}
      </div>
      <Company task={task} />
      {steps.includes("rosc") ? (
        <p class="strip green" role="status">
          {w("cpr.roscDone")}
        </p>
      ) : (
        <button type="button" class="button wide" onClick={() => void say("rosc")}>
          {w("cpr.rosc")}
        </button>
      )}
    </section>
  );
}
