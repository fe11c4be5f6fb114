/** The incident's panel: clock, place, odds, people, units, actions, timeline, in that order. */
import { now, secondsSince, clock } from "@/common/clock";
import { Empty, ErrorNote, Since, Skeleton } from "@/ui/Bits";
import { Icon } from "@/ui/Icon";
import { distance, percent } from "@/i18n";
import { Actions, ActionButton } from "./Actions";
import { callOff, holdOrTakeOver, mergeInto, openIncident } from "./actions";
import { command, plain } from "./commands";
import { Forms } from "./Forms";
import { refreshOpened } from "./feed";
import { labelOf, labelOfDetails } from "./labels";
import { People } from "./People";
import * as state from "./state";
import { Timeline } from "./Timeline";
import type { Opened } from "./types";
import { Units } from "./Units";
import { needs } from "./why";
import { code, t } from "./words";

export function IncidentPanel() {
  const id = state.selected.value;
  const form = state.form.value;
  const opened = state.opened.value;
  if (!id) {
    return (
      <Empty title={t("incident.choose")}>
        <p>{t("incident.chooseHelp")}</p>
      </Empty>
    );
  }
  if (!opened) {
    if (state.openError.value) {
      return <ErrorNote error={state.openError.value} onRetry={refreshOpened} />;
    }
    return (
      <div class="pad">
        <Skeleton lines={10} />
      </div>
    );
  }
  return (
    <article class="incident" aria-label={t("incident.title")} key={id}>
      <Head opened={opened} />
      <Held id={id} />
      <CallOffBar opened={opened} />
      <SamePatient opened={opened} />
      {/* While somebody is told what to do the odds stay in view: one line each, above the script. */}
      {form === "telephone" && <Odds opened={opened} brief />}
      <Forms opened={opened} />
      {form !== "telephone" && <Odds opened={opened} />}
      <Actions opened={opened} />
      <People opened={opened} />
      <Units opened={opened} />
      <Timeline opened={opened} />
    </article>
  );
}

function Head({ opened: { incident } }: { opened: Opened }) {
  const { details } = incident;
  const access = [details.unit, details.door_code].filter(Boolean).join(" · ");
  return (
    <header class="incident-head">
      <Since instant={incident.opened_at} class="big-clock" />
      <span class="chip">{code("incident", incident.state)}</span>
      <button
        type="button"
        class="button quiet close"
        aria-label={t("action.leave")}
        onClick={() => openIncident(null)}
      >
        <Icon name="cross" />
      </button>
      <h2>{labelOfDetails(incident.place, details)}</h2>
      {access && <p>{access}</p>}
      {details.seen && <p class="soft">{details.seen}</p>}
      {incident.gates.length > 0 && (
        <p class="amber-text">
          <Icon name="alert" /> {incident.gates.map((gate) => code("gate", gate)).join(", ")}
        </p>
      )}
      <p class="soft">
        <button
          type="button"
          class="link"
          onClick={() => {
            state.form.value = state.form.value === "callers" ? null : "callers";
          }}
        >
          {t("incident.callers", { count: incident.calls })}
        </button>
      </p>
    </header>
  );
}

function Held({ id }: { id: string }) {
  const who = state.attention.value.get(id);
  const others = (who?.viewers ?? []).filter((each) => each !== state.me.value);
  const holder = who?.holder ?? null;
  const mine = holder === state.me.value;
  return (
    <div class={`held ${holder && !mine ? "amber" : ""}`}>
      <Icon name="lock" />
      <span>
        {holder && (mine ? t("held.mine") : t("held.other", { name: state.nameOf(holder) }))}{" "}
        {others.length > 0 && t("held.viewers", { names: others.map(state.nameOf).join(", ") })}
      </span>
      <button type="button" class="button" onClick={holdOrTakeOver}>
        {t(mine ? "held.release" : holder ? "held.takeOver" : "held.take")} <kbd>T</kbd>
      </button>
    </div>
  );
}

/** Seconds from now to an instant, rounded up; 0 when it is over. */
const left = (until: string | null | undefined): number =>
  until ? Math.max(0, Math.ceil((Date.parse(until) - now.value) / 1000)) : 0;

function CallOffBar({ opened: { incident } }: { opened: Opened }) {
  const seconds = incident.state === "activated" ? left(incident.call_off_until) : 0;
  if (seconds === 0) return null;
  return (
    <div class="call-off" role="status">
      <div class="call-off-left" style={{ width: `${Math.min(100, seconds * 10)}%` }} />
      <strong>{t("callOff.bar", { seconds })}</strong>
      <button type="button" class="button danger" onClick={callOff}>
        {t("callOff.button")} <kbd>O</kbd>
      </button>
    </div>
  );
}

function SamePatient({ opened: { incident, timeline } }: { opened: Opened }) {
  const undecided = incident.same_patient.filter((each) => each.decision === null);
  const waits = left(state.rows.value.get(incident.id)?.hold_until);
  const split = new Set(of(timeline, "split"));
  const mergedHere = of(timeline, "merged").filter((id) => !split.has(id));
  return (
    <>
      {waits > 0 && <p class="call-off">{t("hold.bar", { seconds: waits })}</p>}
      {undecided.map((each) => {
        const other = state.rows.value.get(each.incident_id);
        return (
          <div class="same" key={each.incident_id}>
            <p>
              {t("same.question", {
                place: other ? labelOf(other) : each.incident_id.slice(-6),
                distance: distance(each.distance_m),
              })}
            </p>
            <button
              type="button"
              class="button primary"
              onClick={() => mergeInto(incident.id, each.incident_id)}
            >
              {t("same.merge")} <kbd>M</kbd>
            </button>
            <ActionButton id="different" />
          </div>
        );
      })}
      {incident.merged_into && (
        <div class="same">
          <p>{t("merged.into", { place: incident.merged_into.slice(-6) })}</p>
          <Split id={incident.id} />
        </div>
      )}
      {mergedHere.map((id) => (
        <div class="same" key={id}>
          <p>{t("merged.from", { id: id.slice(-6) })}</p>
          <Split id={id} />
        </div>
      ))}
    </>
  );
}

const of = (timeline: Opened["timeline"], event: string): string[] =>
  timeline
    .filter(
      (entry) => entry.event === event && typeof entry.detail["other_incident_id"] === "string",
    )
    .map((entry) => String(entry.detail["other_incident_id"]));

function Split({ id }: { id: string }) {
  return (
    <button
      type="button"
      class="button"
      onClick={() => void command(id, t("merged.split"), () => plain(id, "split"))}
    >
      {t("merged.split")}
    </button>
  );
}

function Odds({ opened: { incident, plan }, brief = false }: { opened: Opened; brief?: boolean }) {
  if (!plan) return null;
  const { targets, ambulance_eta_s: ambulance, basis, gates_closed: gates } = plan.plan;
  const sinceCall = (Date.parse(plan.made_at) - Date.parse(incident.opened_at)) / 1000;
  const lines = needs(plan.plan);
  return (
    <section class={`odds ${brief ? "brief" : ""}`}>
      {gates.length > 0 ? (
        <p class="amber-text">
          {t("people.gates", { reasons: gates.map((each) => code("gate", each)).join(", ") })}
        </p>
      ) : (
        <div class="odds-two">
          <Odd
            label={t("odds.cpr", { time: clock(targets.cpr_within_s) })}
            odds={targets.p_cpr}
            target={targets.p_cpr_target}
            met={targets.cpr_met}
            expected={targets.expected_cpr_s}
          />
          <Odd
            label={t("odds.shock", { time: clock(targets.shock_within_s) })}
            odds={targets.p_shock}
            target={targets.p_shock_target}
            met={targets.shock_met}
            expected={targets.expected_shock_s}
          />
        </div>
      )}
      <p class="soft">
        {ambulance === null
          ? t("odds.noAmbulance")
          : t("odds.ambulance", { time: clock(sinceCall + ambulance) })}
        {" · "}
        {t(basis.routing === "streets" ? "odds.basis.streets" : "odds.basis.h3-grid")}
      </p>
      {!brief &&
        lines.length > 0 &&
        gates.length === 0 &&
        secondsSince(incident.opened_at) < 3600 && (
          <p class="amber-text needs">
            {t("needs.title")}: {lines.join("; ")}
          </p>
        )}
    </section>
  );
}

interface OddProps {
  readonly label: string;
  readonly odds: number;
  readonly target: number;
  readonly met: boolean;
  readonly expected: number;
}

function Odd({ label, odds, target, met, expected }: OddProps) {
  return (
    <div class={`odd ${met ? "" : "amber"}`}>
      <span>{label}</span>
      <strong class="numbers">{percent(odds)}</strong>
      <span class="soft">
        {t("odds.target", { target: percent(target) })} · {t(met ? "odds.met" : "odds.missed")}
        {Number.isFinite(expected) && expected > 0 && (
          <> · {t("odds.expected", { time: clock(expected) })}</>
        )}
      </span>
    </div>
  );
}
