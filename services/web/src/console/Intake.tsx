/** Taking a call: phone, place, two questions, dangers; then help is on its way. */
import { useEffect, useRef, useState } from "preact/hooks";
import { data, dispatch, idempotencyKey } from "@/common/api";
import { clock, now, serverNow } from "@/common/clock";
import { ErrorNote } from "@/ui/Bits";
import { openIncident, pressed } from "./actions";
import { refreshList } from "./feed";
import {
  answer,
  callOf,
  type Draft,
  GATE_KEYS,
  keepDraft,
  keptDraft,
  newDraft,
  press,
  type Question,
  suspectedArrest,
  toggleGate,
} from "./intake";
import { PlaceField } from "./PlaceField";
import { hold } from "./presence";
import { form, panel } from "./state";
import { code, t } from "./words";

/** The caller's number where the telephone system opens the page: `#phone=+86…`. */
function phoneOfAddress(): string {
  return new URLSearchParams(location.hash.slice(1)).get("phone") ?? "";
}

export function Intake() {
  const [draft, draw] = useState<Draft>(
    () => keptDraft(serverNow()) ?? newDraft(serverNow(), phoneOfAddress()),
  );
  // Keys come faster than pages are drawn: each counts on what the one before has left.
  const newest = useRef(draft);
  const setDraft = (next: Draft): void => {
    newest.current = next;
    keepDraft(next);
    draw(next);
  };
  const [sending, setSending] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const [missing, setMissing] = useState(false);
  // One key for the whole draft: a repeated send is the same call.
  const key = useRef(idempotencyKey());
  const questions = useRef<HTMLDivElement>(null);

  const send = async (): Promise<void> => {
    const body = callOf(newest.current);
    if (!body) {
      setMissing(true);
      return;
    }
    setSending(true);
    setError(null);
    try {
      const taken = data(
        await dispatch.POST("/calls", {
          body,
          params: { header: { "Idempotency-Key": key.current } },
        }),
      );
      keepDraft(null);
      openIncident(taken.incident.id);
      form.value =
        suspectedArrest(newest.current) && !newest.current.bystander ? "telephone" : "details";
      refreshList();
      void hold(taken.incident.id).catch(() => undefined);
    } catch (failed) {
      setError(failed);
      setSending(false);
    }
  };

  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      const name = pressed(event);
      if (name === null || sending) return;
      const target = event.target;
      // Enter on a button presses that button.
      if (name === "enter" && target instanceof HTMLElement && target.tagName === "BUTTON") return;
      const next = press(newest.current, name);
      if (next === null) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      if (next === "send") void send();
      else setDraft(next);
    };
    window.addEventListener("keydown", onKey, { capture: true });
    return () => window.removeEventListener("keydown", onKey, { capture: true });
  });

  const set = (question: Question, value: boolean | null): void =>
    setDraft(answer(newest.current, question, value));
  return (
    <section class="intake" aria-label={t("intake.title")}>
      <header class="incident-head">
        <time class="numbers big-clock" aria-label={t("intake.running")}>
          {clock((now.value - draft.startedAt) / 1000)}
        </time>
        <h2>{t("intake.title")}</h2>
      </header>
      <label class="field">
        <span>{t("intake.phone")}</span>
        <input
          name="phone"
          type="tel"
          autocomplete="off"
          value={draft.phone}
          onInput={(event) => setDraft({ ...newest.current, phone: event.currentTarget.value })}
        />
      </label>
      <PlaceField
        label={t("intake.place")}
        place={draft.place}
        focused
        onPlace={(place) => {
          setDraft({ ...newest.current, place });
          setMissing(false);
          questions.current?.focus();
        }}
      />
      {missing && (
        <p class="amber-text" role="alert">
          {t("intake.needPlace")}
        </p>
      )}
      <div class="questions" ref={questions} tabIndex={-1}>
        <Ask
          question="conscious"
          label={t("intake.conscious")}
          value={draft.conscious}
          asked={draft.question !== "conscious"}
          now={draft.question === "conscious"}
          onAnswer={set}
        />
        <Ask
          question="breathing"
          label={t("intake.breathing")}
          value={draft.breathing}
          asked={draft.question === "gates"}
          now={draft.question === "breathing"}
          onAnswer={set}
        />
        <fieldset class={draft.question === "gates" ? "now" : ""}>
          <legend>{t("intake.gates")}</legend>
          <div class="gates">
            {Object.entries(GATE_KEYS).map(([letter, gate]) => (
              <button
                key={gate}
                type="button"
                class={`button small ${draft.gates.includes(gate) ? "on" : ""}`}
                aria-pressed={draft.gates.includes(gate)}
                onClick={() => setDraft(toggleGate(draft, gate))}
              >
                {code("gate", gate)} <kbd>{letter.toUpperCase()}</kbd>
              </button>
            ))}
          </div>
        </fieldset>
        <button
          type="button"
          class={`button small ${draft.bystander ? "on" : ""}`}
          aria-pressed={draft.bystander}
          onClick={() => setDraft({ ...draft, bystander: !draft.bystander })}
        >
          {t("intake.bystander")} <kbd>B</kbd>
        </button>
      </div>
      <p class="soft" role="status">
        {t(
          suspectedArrest(draft) && draft.gates.length === 0 ? "intake.arrest" : "intake.unitsOnly",
        )}
      </p>
      {error !== null && <ErrorNote error={error} onRetry={() => void send()} />}
      <div class="buttons">
        <button
          type="button"
          class={`button large ${suspectedArrest(draft) ? "danger" : "primary"}`}
          disabled={sending}
          onClick={() => void send()}
        >
          {t(sending ? "intake.sending" : "intake.send")} <kbd>Enter</kbd>
        </button>
        <button
          type="button"
          class="button"
          onClick={() => {
            keepDraft(null);
            panel.value = "incident";
          }}
        >
          {t("intake.discard")}
        </button>
      </div>
    </section>
  );
}

interface AskProps {
  readonly question: Question;
  readonly label: string;
  readonly value: boolean | null;
  readonly now: boolean;
  /** Whether "not known" is an answer, not a question that is still to come. */
  readonly asked: boolean;
  readonly onAnswer: (question: Question, value: boolean | null) => void;
}

const CHOICES = [
  [true, "intake.yes", "Y"],
  [false, "intake.no", "N"],
  [null, "intake.unknown", "U"],
] as const;

function Ask({ question, label, value, asked, now: current, onAnswer }: AskProps) {
  const isOn = (choice: boolean | null): boolean => value === choice && (asked || choice !== null);
  return (
    <fieldset class={current ? "now" : ""}>
      <legend>{label}</legend>
      <div class="three">
        {CHOICES.map(([choice, words, letter]) => (
          <button
            key={letter}
            type="button"
            class={`button ${isOn(choice) ? "on" : ""}`}
            aria-pressed={isOn(choice)}
            onClick={() => onAnswer(question, choice)}
          >
            {t(words)} {current && <kbd>{letter}</kbd>}
          </button>
        ))}
      </div>
    </fieldset>
  );
}
