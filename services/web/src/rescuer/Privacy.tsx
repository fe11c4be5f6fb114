/** What one agreed to, taken back as easily; and leaving this phone. */
import { useSignal } from "@preact/signals";
import { dateTime } from "@/i18n";
import { Saved, useSaving } from "./Save";
import { Fact } from "./Parts";
import { leave } from "./signedIn";
import { unsent } from "./state";
import type { Profile } from "./types";
import { code, w } from "./words";

export function Privacy({ who }: { who: Profile }) {
  const saving = useSaving();
  const leaving = useSignal(false);
  const { alerts, location, at } = who.consent;
  return (
    <section class="stack">
      <p>{w("privacy.lead")}</p>
      {(["alerts", "location"] as const).map((what) => (
        <button
          key={what}
          type="button"
          role="switch"
          aria-checked={who.consent[what]}
          class="switch"
          onClick={() => void saving.save({ consent: { [what]: !who.consent[what] } })}
        >
          <span>{w(what === "alerts" ? "privacy.alerts" : "privacy.location")}</span>
          <span class="switch-state">
            <span class="switch-knob" aria-hidden="true" />
            {w(who.consent[what] ? "home.switchOn" : "home.switchOff")}
          </span>
        </button>
      ))}
      <div aria-live="polite">
        {!alerts && <p class="strip amber">{w("privacy.alertsOff")}</p>}
        {!location && <p class="strip amber">{w("privacy.locationOff")}</p>}
      </div>
      {at && <p class="soft">{w("privacy.since", { time: dateTime(at) })}</p>}
      <Saved saving={saving} />
      <div class="card">
        <h2>{w("privacy.kept")}</h2>
        <dl class="facts">
          {who.name && <Fact name={w("enrol.name")}>{who.name}</Fact>}
          {who.phone && (
            <Fact name={w("privacy.phone")}>
              <span class="numbers">{who.phone}</span>
            </Fact>
          )}
          {who.credential && (
            <Fact name={w("nav.certificate")}>
              {code("kind", who.credential.kind)} {who.credential.number ?? ""}
            </Fact>
          )}
        </dl>
      </div>
      {unsent.value.length > 0 && <p class="strip amber">{w("privacy.unsent")}</p>}
      <button
        type="button"
        class="button large wide"
        disabled={leaving.value}
        onClick={() => {
          leaving.value = true;
          void leave();
        }}
      >
        {w("privacy.signOut")}
      </button>
      <p class="soft">{w("privacy.signOutHelp")}</p>
    </section>
  );
}
