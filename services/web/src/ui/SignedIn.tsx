/** Shows a page to those whose role it is for, and the way to sign in to everybody else. */
import type { ComponentChildren } from "preact";
import { useLayoutEffect, useState } from "preact/hooks";
import { onUnauthorized } from "@/common/api";
import { type App, openSession, session, signIn, signOut } from "@/common/session";
import { t, word } from "@/i18n";
import { LanguageSwitch, Skeleton, ThemeSwitch } from "./Bits";

interface Props {
  readonly app: App;
  readonly roles: readonly string[];
  readonly children: ComponentChildren;
  /** Instead of the field for a token: the rescuer's app signs in by phone. */
  readonly otherwise?: ComponentChildren;
}

export function SignedIn({ app, roles, children, otherwise }: Props) {
  const [expired, setExpired] = useState(false);
  // Before anything else can change the address that holds the token.
  useLayoutEffect(() => {
    void openSession(app);
    onUnauthorized.handle = () => {
      setExpired(true);
      void signOut(app);
    };
    return () => {
      onUnauthorized.handle = null;
    };
  }, [app]);
  const who = session.value;
  if (who === undefined) return <Skeleton />;
  if (who && roles.includes(who.role)) return <>{children}</>;
  if (!who && otherwise) return <>{otherwise}</>;
  return (
    <main class="sign-in">
      <header>
        <h1>{t("signIn.title")}</h1>
        <span>
          <LanguageSwitch />
          <ThemeSwitch />
        </span>
      </header>
      {expired && (
        <p class="banner amber" role="alert">
          {t("signIn.expired")}
        </p>
      )}
      {who && (
        <p class="banner amber" role="alert">
          {t("signIn.wrongRole", {
            role: word("role", who.role),
            needed: roles.map((role) => word("role", role)).join(", "),
          })}
        </p>
      )}
      <TokenForm app={app} />
    </main>
  );
}

const text = (value: FormDataEntryValue | null): string => (typeof value === "string" ? value : "");

function TokenForm({ app }: { app: App }) {
  const [unreadable, setUnreadable] = useState(false);
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    setUnreadable(!(await signIn(app, text(form.get("token")))));
  };
  return (
    <form class="panel" onSubmit={(event) => void submit(event)}>
      <p>{t("signIn.help")}</p>
      <label class="field">
        <span>{t("signIn.token")}</span>
        <input
          name="token"
          type="password"
          autocomplete="off"
          required
          aria-invalid={unreadable}
          aria-describedby={unreadable ? "token-error" : undefined}
        />
        {unreadable && (
          <span id="token-error" class="error" role="alert">
            {t("signIn.unreadable")}
          </span>
        )}
      </label>
      <button type="submit" class="button primary">
        {t("action.signIn")}
      </button>
    </form>
  );
}
