/** Who should be talked to after an incident, and where each talk is. */
import { useEffect, useState } from "preact/hooks";
import type { components } from "@/api/generated/dispatch";
import { data, dispatch } from "@/common/api";
import { dateTime } from "@/i18n";
import { ErrorNote, explain, Skeleton } from "@/ui/Bits";
import { toast } from "./commands";
import * as state from "./state";
import { code, t } from "./words";

type Debrief = components["schemas"]["DebriefOut"];
type Where = components["schemas"]["DebriefState"];

const NEXT: Readonly<Record<Where, readonly Where[]>> = {
  open: ["contacted", "done"],
  contacted: ["done", "open"],
  done: ["open"],
};
const RANK: Readonly<Record<Where, number>> = { open: 0, contacted: 1, done: 2 };

export function Aftercare() {
  const [found, setFound] = useState<readonly Debrief[] | null>(null);
  const [error, setError] = useState<unknown>(null);
  const read = (): void => {
    dispatch
      .GET("/debriefs", { params: { query: { limit: 100 } } })
      .then((answer) => {
        setFound(data(answer).items);
        setError(null);
      })
      .catch(setError);
  };
  useEffect(read, []);
  const move = (one: Debrief, to: Where, note: string): void => {
    const path = { alert_id: one.alert_id };
    dispatch
      .PUT("/debriefs/{alert_id}", {
        params: { path },
        body: { state: to, ...(note.trim() ? { note: note.trim() } : {}) },
      })
      .then((answer) => {
        const changed = data(answer);
        setFound((all) =>
          (all ?? []).map((each) => (each.alert_id === changed.alert_id ? changed : each)),
        );
      })
      .catch((failed: unknown) => {
        toast(t("toast.failed", { why: explain(failed) }), { bad: true });
      });
  };
  const sorted = [...(found ?? [])].sort(
    (a, b) => RANK[a.state] - RANK[b.state] || b.asked_at.localeCompare(a.asked_at),
  );
  return (
    <section class="form aftercare">
      <h2>{t("aftercare.title")}</h2>
      <p class="soft">{t("aftercare.help")}</p>
      {error !== null && <ErrorNote error={error} onRetry={read} />}
      {found === null && error === null && <Skeleton lines={4} />}
      {found !== null && sorted.every((each) => each.state === "done") && (
        <p>{t("aftercare.none")}</p>
      )}
      <ul class="choices">
        {sorted.map((one) => (
          <One key={one.alert_id} one={one} onMove={(to, note) => move(one, to, note)} />
        ))}
      </ul>
    </section>
  );
}

interface OneProps {
  readonly one: Debrief;
  readonly onMove: (to: Where, note: string) => void;
}

function One({ one, onMove }: OneProps) {
  const [note, setNote] = useState("");
  const did = (["arrived", "cpr", "shock"] as const).filter((each) => one[each]);
  return (
    <li class={`debrief ${one.state}`}>
      <p>
        <strong>{one.rescuer_id}</strong> <span class="chip">{code("debrief", one.state)}</span>
      </p>
      <p class={one.impact === "severe" && one.state === "open" ? "amber-text" : ""}>
        {one.because.map((each) => code("debrief", each)).join(" · ")}
        {" · "}
        {code("impact", one.impact)}
      </p>
      <p class="soft">
        {[
          dateTime(one.asked_at),
          t("aftercare.incident", { id: one.incident_id.slice(-6) }),
          ...did.map((each) => code("did", each)),
        ].join(" · ")}
      </p>
      {one.rescuer_note && <blockquote>{one.rescuer_note}</blockquote>}
      {one.note && (
        <p>
          {one.note} <span class="soft">{one.by ? state.nameOf(one.by) : ""}</span>
        </p>
      )}
      {one.state !== "done" && (
        <label class="field">
          <span>{t("aftercare.note")}</span>
          <input
            value={note}
            maxLength={2000}
            onInput={(event) => setNote(event.currentTarget.value)}
          />
        </label>
      )}
      <div class="buttons">
        {NEXT[one.state].map((to) => (
          <button
            key={to}
            type="button"
            class={`button small ${RANK[to] > RANK[one.state] ? "" : "quiet"}`}
            onClick={() => {
              onMove(to, note);
              setNote("");
            }}
          >
            {t(`aftercare.to.${to}`)}
          </button>
        ))}
      </div>
    </li>
  );
}
