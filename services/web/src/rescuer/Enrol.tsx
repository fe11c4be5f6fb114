/** Enrolling: who, what one agrees to, the certificate; then a code. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { Problem } from "@/common/problem";
import { language } from "@/i18n";
import { ErrorNote, Skeleton } from "@/ui/Bits";
import { type Credential, CredentialForm } from "./CredentialForm";
import { Markdown } from "./Markdown";
import { ask } from "./net";
import type { CodeSent, ConsentWords, Enrolment } from "./types";
import { w } from "./words";

interface Props {
  readonly onSent: (code: CodeSent, again: () => Promise<CodeSent>) => void;
  readonly onBack: () => void;
}

type Stage = 1 | 2 | 3;

export function Enrol({ onSent }: Props) {
  const stage = useSignal<Stage>(1);
  const who = useSignal({ name: "", phone: "" });
  const agreed = useSignal<Enrolment["consent"] | null>(null);
  const problem = useSignal<unknown>(null);
  const send = async (credential?: Credential): Promise<void> => {
    if (!agreed.value) return;
    problem.value = null;
    const body: Enrolment = {
      ...who.value,
      language: language.peek(),
      consent: agreed.value,
      ...(credential ? { credential } : {}),
    };
    const again = (): Promise<CodeSent> => ask<CodeSent>("/enrolments", { method: "POST", body });
    try {
      onSent(await again(), again);
    } catch (error) {
      problem.value = error;
    }
  };
  const missing = problem.value instanceof Problem && problem.value.status === 404;
  return (
    <section class="stack">
      <p class="soft">{w("enrol.step", { number: stage.value, all: 3 })}</p>
      {stage.value === 1 && (
        <Who
          who={who.value}
          onDone={(given) => {
            who.value = given;
            stage.value = 2;
          }}
        />
      )}
      {stage.value === 2 && (
        <Consent
          onDone={(given) => {
            agreed.value = given;
            stage.value = 3;
          }}
        />
      )}
      {stage.value === 3 && (
        <>
          <h1>{w("enrol.certificate")}</h1>
          <p>{w("enrol.certificateHelp")}</p>
          <CredentialForm submit={w("enrol.send")} onSubmit={send} />
          <button type="button" class="button wide" onClick={() => void send()}>
            {w("enrol.later")}
          </button>
        </>
      )}
      {missing ? (
        <p class="strip amber" role="alert">
          {w("enrol.missing")}
        </p>
      ) : (
        problem.value !== null && <ErrorNote error={problem.value} />
      )}
    </section>
  );
}

interface Person {
  readonly name: string;
  readonly phone: string;
}

function Who({ who, onDone }: { who: Person; onDone: (who: Person) => void }) {
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const text = (name: string): string => {
      const value = form.get(name);
      return typeof value === "string" ? value.trim() : "";
    };
    onDone({ name: text("name"), phone: text("phone") });
  };
  return (
    <form class="stack" onSubmit={submit}>
      <h1>{w("enrol.who")}</h1>
      <label class="field">
        <span>{w("enrol.name")}</span>
        <input name="name" autocomplete="name" maxLength={200} required defaultValue={who.name} />
      </label>
      <label class="field">
        <span>{w("enrol.phone")}</span>
        <input
          name="phone"
          type="tel"
          inputMode="tel"
          autocomplete="tel"
          pattern="[+]?[0-9][0-9 \(\)\-]{2,30}"
          required
          defaultValue={who.phone}
          aria-describedby="phone-help"
        />
        <span id="phone-help">{w("enrol.phoneHelp")}</span>
      </label>
      <button type="submit" class="button primary large wide">
        {w("enrol.next")}
      </button>
    </form>
  );
}

function Consent({ onDone }: { onDone: (consent: Enrolment["consent"]) => void }) {
  const words = useSignal<ConsentWords | null>(null);
  const failed = useSignal(false);
  const alerts = useSignal(false);
  const location = useSignal(false);
  const chosen = language.value;
  const read = async (): Promise<void> => {
    failed.value = false;
    try {
      words.value = await ask<ConsentWords>(`/public/consent?language=${chosen}`);
    } catch {
      failed.value = true;
    }
  };
  // Agreed is to these very words: in another language it is asked again.
  useEffect(() => {
    alerts.value = location.value = false;
    words.value = null;
    void read();
  }, [chosen]);
  const said = words.value;
  return (
    <section class="stack">
      <h1>{w("enrol.consent")}</h1>
      {failed.value ? (
        <>
          <p class="strip amber" role="alert">
            {w("enrol.consentWait")}
          </p>
          <button type="button" class="button wide" onClick={() => void read()}>
            {w("code.again")}
          </button>
        </>
      ) : !said ? (
        <Skeleton lines={8} />
      ) : (
        <>
          {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls, so the keyboard must reach it */}
          <div class="consent" role="region" aria-label={w("enrol.consentRead")} tabIndex={0}>
            <h2>{said.title}</h2>
            <Markdown text={said.text} />
          </div>
          <label class="choice">
            <input
              type="checkbox"
              checked={alerts.value}
              onChange={(event) => (alerts.value = event.currentTarget.checked)}
            />
            <span>{w("enrol.agreeAlerts")}</span>
          </label>
          <div
            class="consent small"
            role="region"
            aria-label={w("enrol.locationRead")}
            // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls
            tabIndex={0}
          >
            <Markdown text={said.location_text} />
          </div>
          <label class="choice">
            <input
              type="checkbox"
              checked={location.value}
              onChange={(event) => (location.value = event.currentTarget.checked)}
            />
            <span>{w("enrol.agreeLocation")}</span>
          </label>
          {!alerts.value && <p class="soft">{w("enrol.mustAgree")}</p>}
          <button
            type="button"
            class="button primary large wide"
            disabled={!alerts.value}
            onClick={() =>
              onDone({
                version: said.version,
                accepted: true,
                location_accepted: location.value,
              })
            }
          >
            {w("enrol.next")}
          </button>
        </>
      )}
    </section>
  );
}
