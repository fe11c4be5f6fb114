/** For somebody who is not signed in: enrol, sign in by phone, or paste a token. */
import { useSignal } from "@preact/signals";
import { signIn } from "@/common/session";
import { t } from "@/i18n";
import { LanguageSwitch, ThemeSwitch } from "@/ui/Bits";
import { CodeForm } from "./CodeForm";
import { Enrol } from "./Enrol";
import { PhoneSignIn } from "./PhoneSignIn";
import type { CodeSent } from "./types";
import { w } from "./words";
import "./rescuer.css";

type Way = "start" | "enrol" | "phone" | "token";

export function Welcome() {
  const way = useSignal<Way>("start");
  const sent = useSignal<{ code: CodeSent; again: () => Promise<CodeSent> } | null>(null);
  const back = (): void => {
    sent.value = null;
    way.value = "start";
  };
  return (
    <main class="phone welcome">
      <header class="bar">
        <strong>{t("app.name")}</strong>
        <span>
          <LanguageSwitch />
          <ThemeSwitch />
        </span>
      </header>
      {sent.value ? (
        <CodeForm
          key={sent.value.code.enrolment_id}
          sent={sent.value.code}
          maybe={way.value === "phone"}
          again={async () => {
            const again = sent.peek()?.again;
            if (again) sent.value = { code: await again(), again };
          }}
        />
      ) : way.value === "enrol" ? (
        <Enrol onSent={(code, again) => (sent.value = { code, again })} onBack={back} />
      ) : way.value === "phone" ? (
        <PhoneSignIn onSent={(code, again) => (sent.value = { code, again })} />
      ) : way.value === "token" ? (
        <Token />
      ) : (
        <section class="stack">
          <h1>{w("enrol.title")}</h1>
          <p>{w("enrol.lead")}</p>
          <button type="button" class="button primary huge" onClick={() => (way.value = "enrol")}>
            {w("enrol.begin")}
          </button>
          <button type="button" class="button large wide" onClick={() => (way.value = "phone")}>
            {w("enrol.signIn")}
          </button>
          <button type="button" class="button quiet wide" onClick={() => (way.value = "token")}>
            {w("enrol.token")}
          </button>
        </section>
      )}
      {(way.value !== "start" || sent.value) && (
        <button type="button" class="button quiet wide" onClick={back}>
          {w("enrol.back")}
        </button>
      )}
    </main>
  );
}

function Token() {
  const unreadable = useSignal(false);
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const given = new FormData(event.currentTarget as HTMLFormElement).get("token");
    unreadable.value = !(await signIn("rescuer", typeof given === "string" ? given : ""));
  };
  return (
    <form class="stack" onSubmit={(event) => void submit(event)}>
      <h1>{t("signIn.title")}</h1>
      <p>{t("signIn.help")}</p>
      <label class="field">
        <span>{t("signIn.token")}</span>
        <input name="token" type="password" autocomplete="off" required />
      </label>
      {unreadable.value && (
        <p class="strip red" role="alert">
          {t("signIn.unreadable")}
        </p>
      )}
      <button type="submit" class="button primary large wide">
        {t("action.signIn")}
      </button>
    </form>
  );
}
