/** The small parts that every page uses. */
import type { ComponentChildren } from "preact";
import { clock, now, secondsSince } from "@/common/clock";
import { Problem } from "@/common/problem";
import { chooseTheme, theme } from "@/common/theme";
import { chooseLanguage, dateTime, language, t } from "@/i18n";
import { Icon } from "./Icon";

/** A clock that runs since an instant; the instant itself on hover. */
export function Since({ instant, class: name }: { instant: string; class?: string }) {
  return (
    <time class={`numbers ${name ?? ""}`} dateTime={instant} title={dateTime(instant)}>
      {clock(secondsSince(instant, now.value))}
    </time>
  );
}

/** The other language, by its own name. */
export function LanguageSwitch() {
  const other = language.value === "en" ? "zh-CN" : "en";
  return (
    <button
      type="button"
      class="button quiet"
      lang={other}
      aria-label={t("language.label")}
      onClick={() => chooseLanguage(other)}
    >
      {t("language.other")}
    </button>
  );
}

export function ThemeSwitch() {
  const dark = theme.value === "dark";
  return (
    <button
      type="button"
      class="button quiet"
      aria-label={t("theme.label")}
      title={t(dark ? "theme.light" : "theme.dark")}
      onClick={() => chooseTheme(dark ? "light" : "dark")}
    >
      <Icon name={dark ? "sun" : "moon"} />
    </button>
  );
}

/** What went wrong, in the user's words; what the service said stands below. */
export function explain(error: unknown): string {
  if (!(error instanceof Problem)) return t("error.unreachable");
  if (error.status === 0) return t("error.unreachable");
  if (error.status === 429) return t("error.tooMany", { seconds: error.retryAfterS ?? 1 });
  if (error.status === 403) return t("error.forbidden");
  if (error.status === 409 || error.status === 412) {
    return error.detail || t("error.conflict");
  }
  const fields = error.errors.map((each) => `${each.field}: ${each.message}`).join("; ");
  return [error.detail || error.title || t("error.title"), fields].filter(Boolean).join(" ");
}

export function ErrorNote({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  return (
    <div class="banner red" role="alert">
      <Icon name="alert" />
      <span>{explain(error)}</span>
      {onRetry && (
        <button type="button" class="button" onClick={onRetry}>
          {t("action.retry")}
        </button>
      )}
    </div>
  );
}

/** Nothing here: says what to do next. */
export function Empty({ title, children }: { title: string; children?: ComponentChildren }) {
  return (
    <div class="empty">
      <strong>{title}</strong>
      {children}
    </div>
  );
}

/** Room for what is on its way. */
export function Skeleton({ lines = 3 }: { lines?: number }) {
  return (
    <div role="status" aria-label={t("loading")} style={{ display: "grid", gap: "8px" }}>
      {Array.from({ length: lines }, (_, line) => (
        <div key={line} class="skeleton" />
      ))}
    </div>
  );
}
