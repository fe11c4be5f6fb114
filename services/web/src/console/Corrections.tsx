/** What is corrected about a call after it was taken: place, answers, where exactly. */
import { useState } from "preact/hooks";
import { command, correctAnswers, correctPlace, toast } from "./commands";
import { type ChosenPlace, GATE_KEYS } from "./intake";
import { coordinates } from "./labels";
import { PlaceField } from "./PlaceField";
import * as state from "./state";
import type { Details, Gate, Incident } from "./types";
import { code, type ConsoleKey, t } from "./words";

const done = (): void => {
  state.form.value = null;
};

export function MovePlace({ incident }: { incident: Incident }) {
  const before = incident.place;
  const move = (place: ChosenPlace): void => {
    done();
    const { latitude, longitude, datum, label } = place;
    void command(
      incident.id,
      `${t("action.place")}: ${label || coordinates(place)}`,
      () =>
        correctPlace(incident, {
          place: { latitude, longitude, datum },
          ...(label ? { details: { address: label } } : {}),
        }),
      () => {
        const now = state.opened.value?.incident;
        if (!now) return;
        void command(now.id, t("action.undo"), () =>
          correctPlace(now, {
            place: { ...before, datum: "wgs84" },
            details: incident.details.address ? { address: incident.details.address } : {},
          }),
        );
      },
    );
  };
  return (
    <section class="form">
      <PlaceField label={t("form.place")} place={null} focused onPlace={move} />
    </section>
  );
}

const THREE = [
  [true, "intake.yes"],
  [false, "intake.no"],
] as const;

export function Answers({ incident }: { incident: Incident }) {
  const [conscious, setConscious] = useState(incident.conscious);
  const [breathing, setBreathing] = useState(incident.breathing_normally);
  const [gates, setGates] = useState<readonly Gate[]>(incident.gates);
  const keep = (): void => {
    done();
    void command(incident.id, t("action.answers"), () =>
      correctAnswers(incident, { conscious, breathing_normally: breathing, gates: [...gates] }),
    );
  };
  const ask = (words: ConsoleKey, value: boolean | null, set: (value: boolean) => void) => (
    <fieldset>
      <legend>{t(words)}</legend>
      <div class="three">
        {THREE.map(([choice, label]) => (
          <button
            key={label}
            type="button"
            class={`button ${value === choice ? "on" : ""}`}
            aria-pressed={value === choice}
            onClick={() => set(choice)}
          >
            {t(label)}
          </button>
        ))}
      </div>
    </fieldset>
  );
  return (
    <section class="form questions">
      {ask("intake.conscious", conscious, setConscious)}
      {ask("intake.breathing", breathing, setBreathing)}
      <fieldset>
        <legend>{t("intake.gates")}</legend>
        <div class="gates">
          {Object.values(GATE_KEYS).map((gate) => {
            const on = gates.includes(gate);
            return (
              <button
                key={gate}
                type="button"
                class={`button small ${on ? "on" : ""}`}
                aria-pressed={on}
                onClick={() =>
                  setGates(on ? gates.filter((each) => each !== gate) : [...gates, gate])
                }
              >
                {code("gate", gate)}
              </button>
            );
          })}
        </div>
      </fieldset>
      <button type="button" class="button primary" onClick={keep}>
        {t("form.keep")}
      </button>
    </section>
  );
}

const FIELDS: readonly (readonly [keyof Details, ConsoleKey])[] = [
  ["address", "details.address"],
  ["building", "details.building"],
  ["unit", "details.unit"],
  ["floor", "details.floor"],
  ["door_code", "details.doorCode"],
  ["patient_age", "details.age"],
  ["seen", "details.seen"],
];
const NUMBERS = new Set<keyof Details>(["floor", "patient_age"]);

/** Only what was changed is sent: a field that is left empty stays as it was. */
function changed(before: Details, form: FormData): Details {
  const after: Record<string, string | number> = {};
  for (const [name] of FIELDS) {
    const raw = form.get(name);
    const text = typeof raw === "string" ? raw.trim() : "";
    const old = before[name];
    if (text === "" || text === String(old ?? "")) continue;
    after[name] = NUMBERS.has(name) ? Number(text) : text;
  }
  return after;
}

export function DetailsForm({ incident }: { incident: Incident }) {
  const { details } = incident;
  const keep = (event: SubmitEvent): void => {
    event.preventDefault();
    const after = changed(details, new FormData(event.currentTarget as HTMLFormElement));
    if (Object.keys(after).length === 0) {
      done();
      return;
    }
    void command(incident.id, t("action.details"), () =>
      correctPlace(incident, { details: after }),
    ).then((sent) => {
      if (!sent) return;
      done();
      toast(t("details.saved"));
    });
  };
  return (
    <form class="form details-form" onSubmit={keep}>
      <h3>{t("details.title")}</h3>
      <div class="two">
        {FIELDS.map(([name, words], index) => (
          <label class={`field ${name === "seen" || name === "address" ? "whole" : ""}`} key={name}>
            <span>{t(words)}</span>
            <input
              name={name}
              autocomplete="off"
              defaultValue={String(details[name] ?? "")}
              {...(NUMBERS.has(name) ? { type: "number", min: -20, max: 200 } : { maxLength: 200 })}
              {...(index === 1 ? { ref: focusOnce } : {})}
            />
          </label>
        ))}
      </div>
      <button type="submit" class="button primary">
        {t("details.save")} <kbd>Enter</kbd>
      </button>
    </form>
  );
}

/** Only when the form appears: nothing may take the focus later. */
const focusOnce = (element: HTMLInputElement | null): void => {
  if (element && document.activeElement === document.body) element.focus();
};
