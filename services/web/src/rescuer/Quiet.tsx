/** Quiet hours, and how one gets around. */
import { useSignal } from "@preact/signals";
import { hoursOf, spanOf } from "./hours";
import { Saved, useSaving } from "./Save";
import type { Profile, TransportMode } from "./types";
import { code, w } from "./words";

const NIGHT = { days: "Mo-Su", from: "22:00", until: "07:00" } as const;

export function Quiet({ who }: { who: Profile }) {
  const saving = useSaving();
  const kept = who.quiet_hours ? spanOf(who.quiet_hours) : null;
  const span = useSignal(kept ?? NIGHT);
  const on = who.quiet_hours !== null;
  const set = (change: Partial<{ from: string; until: string }>): void => {
    span.value = { ...span.peek(), ...change };
    if (on) void saving.save({ quiet_hours: hoursOf(span.peek()) });
  };
  return (
    <section class="stack">
      <p>{w("quiet.lead")}</p>
      {who.quiet_hours && !kept && (
        <p class="strip amber">{w("quiet.custom", { hours: who.quiet_hours })}</p>
      )}
      <button
        type="button"
        role="switch"
        aria-checked={on}
        class="switch"
        onClick={() => void saving.save({ quiet_hours: on ? null : hoursOf(span.peek()) })}
      >
        <span>{w("quiet.on")}</span>
        <span class="switch-state">
          <span class="switch-knob" aria-hidden="true" />
          {w(on ? "home.switchOn" : "home.switchOff")}
        </span>
      </button>
      <div class="times">
        <label class="field">
          <span>{w("quiet.from")}</span>
          <input
            type="time"
            required
            value={span.value.from}
            onChange={(event) => set({ from: event.currentTarget.value })}
          />
        </label>
        <label class="field">
          <span>{w("quiet.until")}</span>
          <input
            type="time"
            required
            value={span.value.until}
            onChange={(event) => set({ until: event.currentTarget.value })}
          />
        </label>
      </div>
      <Saved saving={saving} />
    </section>
  );
}

const MODES: readonly TransportMode[] = ["foot", "bicycle", "e_bike", "motorcycle", "car"];

export function Transport({ who }: { who: Profile }) {
  const saving = useSaving();
  return (
    <fieldset class="stack choices">
      <legend>{w("transport.lead")}</legend>
      {MODES.map((mode) => (
        <label key={mode} class="choice">
          <input
            type="radio"
            name="mode"
            checked={who.transport_mode === mode}
            onChange={() => void saving.save({ transport_mode: mode })}
          />
          <span>{code("transport", mode)}</span>
        </label>
      ))}
      <Saved saving={saving} />
    </fieldset>
  );
}
