/** At rest: whether one would be asked, one switch, and what lies behind it. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { t } from "@/i18n";
import { clockTime } from "./dates";
import { ErrorNote, LanguageSwitch, Skeleton, ThemeSwitch } from "@/ui/Bits";
import { Icon, type IconName } from "@/ui/Icon";
import { sound } from "./alarm";
import { daysLeft, shortQuiet } from "./hours";
import { install, installOffer, newVersion } from "./install";
import { allowedSharing, chooseSharing, live, wanted } from "./live";
import { Connection, Unsent } from "./Parts";
import { useNewVersion } from "./push";
import { open, type PageName } from "./route";
import { changeProfile, profile, profileProblem, readProfile } from "./state";
import { dueSurvey, readSurveys } from "./surveys";
import type { Profile, WhyNot } from "./types";
import { code, w } from "./words";

/** Which page mends a reason; the others mend themselves or need the centre. */
const MENDS: Readonly<Partial<Record<WhyNot, PageName>>> = {
  refused: "certificate",
  no_certificate: "certificate",
  certificate_expired: "certificate",
  consent_withdrawn: "privacy",
  quiet_hours: "quiet",
  no_place: "places",
  fatigue: "history",
};

export function Home() {
  const who = profile.value;
  useEffect(() => void readSurveys(), []);
  return (
    <main class="phone home">
      <header class="bar">
        <h1>{t("app.rescuer")}</h1>
        <span>
          <LanguageSwitch />
          <ThemeSwitch />
        </span>
      </header>
      <Connection />
      <Unsent />
      {profileProblem.value !== null && (
        <ErrorNote error={profileProblem.value} onRetry={() => void readProfile()} />
      )}
      {newVersion.value && (
        <p class="strip blue">
          <span>{w("home.update")}</span>
          <button type="button" class="button" onClick={() => void useNewVersion()}>
            {w("home.updateDo")}
          </button>
        </p>
      )}
      {dueSurvey.value && (
        <a class="strip blue survey" href="#/survey">
          <Icon name="heart" />
          <span>
            <strong>{w("home.survey")}</strong>
            <br />
            {w("home.surveyHelp")}
          </span>
        </a>
      )}
      {!who ? (
        profileProblem.value === null && <Skeleton lines={6} />
      ) : (
        <>
          <Available who={who} />
          <PlaceNow who={who} />
          <Links who={who} />
          <p class="soft">
            {who.name && w("home.hello", { name: who.name })}
            {who.provenance.synthetic ? ` · ${w("home.demo")}` : ""}
          </p>
        </>
      )}
      {sound.value !== "none" && (
        <p class={`soft sound ${sound.value}`}>
          <Icon name={sound.value === "ready" ? "sound" : "mute"} />
          {w(sound.value === "ready" ? "home.soundReady" : "home.soundLocked")}
        </p>
      )}
      {installOffer.value && (
        <p class="strip plain">
          <span>{w("home.install")}</span>
          <button type="button" class="button" onClick={() => void install()}>
            {w("home.installDo")}
          </button>
        </p>
      )}
    </main>
  );
}

function Available({ who }: { who: Profile }) {
  const failed = useSignal<unknown>(null);
  const { value, reasons } = who.available_now;
  const turn = async (): Promise<void> => {
    failed.value = null;
    try {
      await changeProfile({ available: !who.available });
    } catch (error) {
      failed.value = error;
    }
  };
  return (
    <section class={`available ${value ? "yes" : "no"}`} aria-live="polite">
      <p class="available-line">
        <Icon name={value ? "check" : "moon"} />
        <strong>{w(value ? "home.available" : "home.unavailable")}</strong>
      </p>
      {reasons.length > 0 && (
        <ul class="reasons" aria-label={w("home.why")}>
          {reasons.map((reason) => (
            <li key={reason}>
              <strong>{code("reason", reason)}</strong>
              <span>{code("mend", reason)}</span>
              {MENDS[reason] && (
                <a class="button" href={`#/${MENDS[reason]}`}>
                  {w(
                    `nav.${MENDS[reason] as "certificate" | "privacy" | "quiet" | "places" | "history"}`,
                  )}
                </a>
              )}
            </li>
          ))}
        </ul>
      )}
      <button
        type="button"
        role="switch"
        aria-checked={who.available}
        class="switch"
        onClick={() => void turn()}
      >
        <span>{w("home.switch")}</span>
        <span class="switch-state">
          <span class="switch-knob" aria-hidden="true" />
          {w(who.available ? "home.switchOn" : "home.switchOff")}
        </span>
      </button>
      {failed.value !== null && <ErrorNote error={failed.value} />}
    </section>
  );
}

function PlaceNow({ who }: { who: Profile }) {
  const place = who.place_now;
  const minutes = place?.age_s === null || !place ? null : Math.floor(place.age_s / 60);
  return (
    <section class="card">
      <h2>{w("home.place")}</h2>
      <p class="place-now">
        <Icon name={place?.kind === "live" ? "map" : place?.kind === "none" ? "alert" : "home"} />
        <span>
          <strong>{place ? code("place", place.kind) : w("place.unknown")}</strong>
          {minutes !== null && ` · ${w("place.age", { minutes })}`}
          {place?.until && ` · ${w("place.until", { time: clockTime(place.until) })}`}
        </span>
      </p>
      {place && <p class="soft">{code("place.why", place.why)}</p>}
      {allowedSharing.value && (
        <button
          type="button"
          role="switch"
          aria-checked={wanted.value}
          class="switch"
          onClick={() => chooseSharing(!wanted.value)}
        >
          <span>{w("place.share")}</span>
          <span class="switch-state">
            <span class="switch-knob" aria-hidden="true" />
            {w(wanted.value ? "home.switchOn" : "home.switchOff")}
          </span>
        </button>
      )}
      <p class="soft" aria-live="polite">
        {wanted.value && allowedSharing.value ? `${code("live", live.value)} ` : ""}
        {w("place.background")}
      </p>
    </section>
  );
}

function Links({ who }: { who: Profile }) {
  const left = who.credential ? daysLeft(who.credential.expires_on) : null;
  const rows: [PageName, IconName, string][] = [
    [
      "certificate",
      "check",
      left === null
        ? w("cert.none")
        : left < 0
          ? code("reason", "certificate_expired")
          : w("cert.days", { days: left }),
    ],
    ["places", "home", w("nav.places.count", { count: who.places?.length ?? 0 })],
    ["quiet", "moon", who.quiet_hours ? shortQuiet(who.quiet_hours) : w("nav.quietNone")],
    ["transport", "route", code("transport", who.transport_mode)],
    ["push", "sound", ""],
    ["history", "list", ""],
    ["datum", "map", ""],
    ["privacy", "lock", ""],
  ];
  return (
    <nav class="links" aria-label={w("home.nav")}>
      {rows.map(([name, icon, value]) => (
        <button type="button" key={name} onClick={() => open(name)}>
          <Icon name={icon} />
          <span>{code("nav", name)}</span>
          <span class="links-value numbers">{value}</span>
          <Icon name="forward" />
        </button>
      ))}
    </nav>
  );
}
