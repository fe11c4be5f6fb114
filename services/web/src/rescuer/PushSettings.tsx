/** Notifications and sound: what works, what may not, and a try. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { ErrorNote, Skeleton } from "@/ui/Bits";
import { Icon } from "@/ui/Icon";
import { ring, sound } from "./alarm";
import { push, pushInfo, readPush, subscribe, testArrived, testPush, unsubscribe } from "./push";
import { code, w } from "./words";

export function PushSettings() {
  useEffect(() => void readPush(), []);
  const info = pushInfo.value;
  return (
    <section class="stack">
      <p>{w("push.lead")}</p>
      <Browser />
      {info && info.channels.length > 0 && (
        <div class="card">
          <h2>{w("push.channels")}</h2>
          <ol class="channels">
            {info.channels.map(({ channel, works, sleeps_now: sleeps }) => (
              <li key={channel}>
                <span>{code("channel", channel)}</span>
                <span class={`chip ${works === "no" ? "amber" : ""}`}>
                  {works === "yes" && <Icon name="check" />}
                  {works === "no" && <Icon name="alert" />}
                  {code("push.works", works)}
                </span>
                {sleeps && <span class="chip">{w("push.sleeps")}</span>}
              </li>
            ))}
          </ol>
          {info.subscriptions.length > 0 && (
            <p class="soft">{w("push.devices", { count: info.subscriptions.length })}</p>
          )}
        </div>
      )}
      <p class="soft">{w("push.china")}</p>
      <Sound />
    </section>
  );
}

function Browser() {
  const result = useSignal<string | null>(null);
  const problem = useSignal<unknown>(null);
  const state = push.value;
  const test = async (): Promise<void> => {
    problem.value = null;
    result.value = null;
    try {
      const count = await testPush();
      result.value = count > 0 ? w("push.tested", { count }) : w("push.testedNone");
    } catch (error) {
      problem.value = error;
    }
  };
  const doubtful = state === "denied" || state === "failed" || state === "unsupported";
  return (
    <div class="card">
      <h2>{w("push.here")}</h2>
      {state === "reading" ? (
        <Skeleton lines={2} />
      ) : (
        <p class={doubtful ? "strip amber" : ""} role="status">
          {code("push", state)}
        </p>
      )}
      {(state === "off" || state === "failed") && (
        <button type="button" class="button primary large wide" onClick={() => void subscribe()}>
          {w("push.turnOn")}
        </button>
      )}
      {state === "on" && (
        <div class="row">
          <button type="button" class="button" onClick={() => void test()}>
            {w("push.test")}
          </button>
          <button type="button" class="button" onClick={() => void unsubscribe()}>
            {w("push.turnOff")}
          </button>
        </div>
      )}
      <div aria-live="polite">
        {result.value && <p>{result.value}</p>}
        {testArrived.value && <p>✓ {w("push.testArrived")}</p>}
        {problem.value !== null && <ErrorNote error={problem.value} />}
      </div>
    </div>
  );
}

function Sound() {
  const silence = useSignal<(() => void) | null>(null);
  useEffect(() => () => silence.peek()?.(), []);
  if (sound.value === "none") return <p class="strip amber">{w("sound.none")}</p>;
  const toggle = (): void => {
    silence.peek()?.();
    silence.value = silence.peek() ? null : ring();
  };
  return (
    <button type="button" class="button large wide" onClick={toggle}>
      <Icon name={silence.value ? "mute" : "sound"} />
      {w(silence.value ? "sound.stop" : "sound.test")}
    </button>
  );
}
