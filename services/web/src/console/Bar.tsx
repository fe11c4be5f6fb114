/** The bar: where we are, what time it is, how fresh everything is, and who is at the desk. */
import { session, signOut } from "@/common/session";
import { now } from "@/common/clock";
import { t as common, timeOfDay, word } from "@/i18n";
import { LanguageSwitch, ThemeSwitch } from "@/ui/Bits";
import { Icon } from "@/ui/Icon";
import { actionOf } from "./actions";
import { connection } from "./feed";
import { forgetCopies } from "./kept";
import { chooseSound, soundBlocked, soundOn } from "./sound";
import { degraded, sheet } from "./state";
import { code, t } from "./words";

export function Bar() {
  const who = session.value;
  return (
    <header class="bar">
      <h1>
        <Icon name="heart" />
        <span>{t("bar.centre")}</span>
      </h1>
      <time class="numbers bar-clock">{timeOfDay(new Date(now.value))}</time>
      <Connection />
      <span class="bar-space" />
      <button type="button" class="button quiet" onClick={() => actionOf("commands").run()}>
        <Icon name="search" />
        <span class="wide">{t("bar.commands")}</span> <kbd>/</kbd>
      </button>
      <button
        type="button"
        class="button quiet"
        onClick={() => {
          sheet.value = "phone";
        }}
      >
        <Icon name="phone" />
        <span class="wide">{t("bar.phonePlan")}</span> <kbd>H</kbd>
      </button>
      <Sound />
      <button
        type="button"
        class="button quiet"
        aria-label={t("bar.shortcuts")}
        onClick={() => actionOf("sheet").run()}
      >
        <Icon name="keyboard" /> <kbd>?</kbd>
      </button>
      <LanguageSwitch />
      <ThemeSwitch />
      {who && (
        <span class="bar-who" title={who.subject}>
          <Icon name="user" />
          <span>{t("bar.signedInAs", { name: who.subject, role: word("role", who.role) })}</span>
        </span>
      )}
      <button
        type="button"
        class="button quiet"
        onClick={() => void forgetCopies().then(() => signOut("console"))}
      >
        {common("action.signOut")}
      </button>
    </header>
  );
}

function Connection() {
  const state = connection.value;
  const services = degraded.value.services;
  const tone = state === "live" ? (services.length > 0 ? "amber" : "") : "red";
  return (
    <span class={`chip ${tone}`} role="status">
      <span aria-hidden="true">{state === "live" ? "●" : "○"}</span>
      {common(`connection.${state}`)}
      {services.length > 0 && (
        <span>
          {" · "}
          {t("bar.degraded", {
            services: services.map((each) => code("service", each)).join(", "),
          })}
        </span>
      )}
    </span>
  );
}

function Sound() {
  const on = soundOn.value;
  const label = t(
    on ? (soundBlocked.value ? "bar.sound.blocked" : "bar.sound.on") : "bar.sound.off",
  );
  return (
    <button
      type="button"
      class={`button quiet ${on && soundBlocked.value ? "warn" : ""}`}
      aria-label={label}
      aria-pressed={on}
      title={label}
      onClick={() => chooseSound(!on)}
    >
      <Icon name={on ? "sound" : "mute"} /> <kbd>S</kbd>
    </button>
  );
}
