/** The small form that is open in an incident's panel: one at a time, never over the map. */
import { useEffect, useState } from "preact/hooks";
import { data, dispatch } from "@/common/api";
import { dateTime, distance, t as common } from "@/i18n";
import { ErrorNote } from "@/ui/Bits";
import { Answers, DetailsForm, MovePlace } from "./Corrections";
import { because, command, note, orderUnit, plain, toast } from "./commands";
import { mergeInto } from "./actions";
import { labelOf } from "./labels";
import { metresBetween } from "@/common/distance";
import { readUnits, stationName, units } from "./registers";
import * as state from "./state";
import { TelephoneCpr } from "./TelephoneCpr";
import type { Incident, Opened } from "./types";
import { code, t } from "./words";

const done = (): void => {
  state.form.value = null;
};

export function Forms({ opened }: { opened: Opened }) {
  const { incident } = opened;
  switch (state.form.value) {
    case "telephone":
      return <TelephoneCpr opened={opened} />;
    case "unit":
      return <AddUnit incident={incident} />;
    case "place":
      return <MovePlace incident={incident} />;
    case "answers":
      return <Answers incident={incident} />;
    case "details":
      return <DetailsForm incident={incident} />;
    case "note":
      return <Note incident={incident} />;
    case "link":
      return <CallerLink incident={incident} />;
    case "merge":
      return <Merge incident={incident} />;
    case "callers":
      return <Callers incident={incident} />;
    case "cancel":
    case "close":
      return <Sure incident={incident} what={state.form.value} />;
    case null:
      return null;
  }
}

const MOST = 8;

function AddUnit({ incident }: { incident: Incident }) {
  useEffect(() => {
    void readUnits().catch(() => undefined);
  }, []);
  const free = [...units.value.values()]
    .filter((unit) => ["available", "returning"].includes(unit.state))
    .map((unit) => ({ unit, away: metresBetween(unit.place, incident.place) }))
    .sort((a, b) => a.away - b.away)
    .slice(0, MOST);
  const order = (id: string): void => {
    done();
    orderUnit(incident.id, id);
  };
  return (
    <section class="form">
      <h3>{t("form.unit")}</h3>
      {free.length === 0 && <p class="soft">{t("form.unitNone")}</p>}
      <ul class="choices">
        {free.map(({ unit, away }) => (
          <li key={unit.id}>
            <button type="button" class="button" onClick={() => order(unit.id)}>
              <strong>{unit.id}</strong> {code("unit", unit.kind)} · {stationName(unit.station_id)}{" "}
              · {distance(away)}
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Merge({ incident }: { incident: Incident }) {
  const choices = [...state.rows.value.values()]
    .filter((row) => row.id !== incident.id)
    .map((row) => ({ row, away: metresBetween(row.place, incident.place) }))
    .sort((a, b) => a.away - b.away)
    .slice(0, MOST);
  return (
    <section class="form">
      <h3>{t("form.merge")}</h3>
      {choices.length === 0 && <p class="soft">{t("form.mergeNone")}</p>}
      <ul class="choices">
        {choices.map(({ row, away }) => (
          <li key={row.id}>
            <button
              type="button"
              class="button"
              onClick={() => {
                done();
                mergeInto(incident.id, row.id);
              }}
            >
              {labelOf(row)} · {distance(away)}
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Note({ incident }: { incident: Incident }) {
  const [text, setText] = useState("");
  const keep = (event: Event): void => {
    event.preventDefault();
    if (!text.trim()) return;
    done();
    void command(incident.id, t("action.note"), () => note(incident.id, text.trim()));
  };
  return (
    <form class="form" onSubmit={keep}>
      <label class="field">
        <span>{t("form.note")}</span>
        <textarea
          rows={2}
          maxLength={2000}
          value={text}
          ref={(element) => element?.focus()}
          onInput={(event) => setText(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === "Enter" && !event.shiftKey) keep(event);
          }}
        />
      </label>
      <button type="submit" class="button primary">
        {t("form.keep")} <kbd>Enter</kbd>
      </button>
    </form>
  );
}

function Sure({ incident, what }: { incident: Incident; what: "cancel" | "close" }) {
  const [why, setWhy] = useState("");
  const label = t(what === "cancel" ? "action.cancel" : "action.close");
  const go = (event: Event): void => {
    event.preventDefault();
    done();
    void command(incident.id, label, () =>
      what === "cancel" ? because(incident.id, "cancel", why.trim()) : plain(incident.id, "close"),
    );
  };
  return (
    <form class="form careful" onSubmit={go}>
      <p>{t(what === "cancel" ? "form.cancel.sure" : "form.close.sure")}</p>
      {what === "cancel" && (
        <label class="field">
          <span>{t("form.reason")}</span>
          <input
            value={why}
            maxLength={200}
            ref={(element) => element?.focus()}
            onInput={(event) => setWhy(event.currentTarget.value)}
          />
        </label>
      )}
      <div class="buttons">
        <button type="submit" class="button danger">
          {label}
        </button>
        <button type="button" class="button" onClick={done}>
          {common("action.cancel")} <kbd>Esc</kbd>
        </button>
      </div>
    </form>
  );
}

function CallerLink({ incident }: { incident: Incident }) {
  const [link, setLink] = useState<string | null>(null);
  const [error, setError] = useState<unknown>(null);
  useEffect(() => {
    dispatch
      .POST("/incidents/{incident_id}/location-link", {
        params: { path: { incident_id: incident.id } },
      })
      .then((answer) => setLink(`${location.origin}/locate/#${data(answer).token}`))
      .catch(setError);
  }, [incident.id]);
  return (
    <section class="form">
      {error !== null && <ErrorNote error={error} />}
      {link && (
        <>
          <p>{t("link.made")}</p>
          <code class="link-text">{link}</code>
          <button
            type="button"
            class="button"
            onClick={() => {
              void navigator.clipboard.writeText(link).then(() => toast(t("link.copied")));
            }}
          >
            {t("link.copy")}
          </button>
        </>
      )}
    </section>
  );
}

interface Call {
  readonly id: string;
  readonly received_at: string;
  readonly taken_by: string;
  readonly caller_phone: string | null;
  readonly seen: string | null;
}

function Callers({ incident }: { incident: Incident }) {
  const [calls, setCalls] = useState<readonly Call[]>([]);
  const [error, setError] = useState<unknown>(null);
  useEffect(() => {
    dispatch
      .GET("/incidents/{incident_id}/calls", { params: { path: { incident_id: incident.id } } })
      .then((answer) => setCalls(data(answer).calls))
      .catch(setError);
  }, [incident.id, incident.calls]);
  return (
    <section class="form">
      <h3>{t("calls.title")}</h3>
      {error !== null && <ErrorNote error={error} />}
      <ul class="choices">
        {calls.map((call) => (
          <li key={call.id}>
            <strong class="numbers">{call.caller_phone ?? t("phone.noNumber")}</strong>{" "}
            <span class="soft">
              {dateTime(call.received_at)} · {state.nameOf(call.taken_by)}
            </span>
            {call.seen && <p>{call.seen}</p>}
          </li>
        ))}
      </ul>
    </section>
  );
}
