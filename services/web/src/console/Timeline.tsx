/** What happened, newest first, counted from the call; commands on their way stand above it. */
import { clock } from "@/common/clock";
import { dateTime, percent } from "@/i18n";
import * as state from "./state";
import type { Opened, TimelineEntry } from "./types";
import { code, t } from "./words";

export function Timeline({ opened: { incident, timeline } }: { opened: Opened }) {
  const waiting = state.pending.value.filter((each) => each.incident === incident.id);
  const entries = [...timeline].reverse();
  return (
    <section class="timeline">
      <h3>{t("timeline.title")}</h3>
      <ol aria-live="polite">
        {waiting.map((each) => (
          <li key={each.number} class="pending">
            <span class="numbers">…</span>
            <span>{each.what}</span>
            <span class="soft">{t("pending.label")}</span>
          </li>
        ))}
        {entries.map((entry) => (
          <li key={entry.sequence}>
            <time class="numbers" dateTime={entry.at} title={dateTime(entry.at)}>
              {clock(entry.elapsed_s)}
            </time>
            <span>
              {code("event", entry.event)} {about(entry, incident.notes)}
            </span>
            <span class="soft">{by(entry.by)}</span>
          </li>
        ))}
      </ol>
    </section>
  );
}

const by = (actor: string): string => (actor === "system" ? "" : state.nameOf(actor));

/** The part of an entry that tells it from others of its kind. */
function about(entry: TimelineEntry, notes: readonly string[]): string {
  const { detail } = entry;
  const text = (name: string): string | null => {
    const value = detail[name];
    return typeof value === "string" ? value : null;
  };
  const parts: string[] = [];
  if (entry.event === "note" && typeof detail["number"] === "number") {
    parts.push(notes[detail["number"] - 1] ?? "");
  }
  if (entry.event === "plan_made") {
    parts.push(
      `${String(detail["number"])} · ${t("people.title")} +${String(detail["rescuers"])}, ${t(
        "units.title",
      )} +${String(detail["units"])}`,
    );
  }
  if (typeof detail["p_cpr"] === "number") parts.push(`CPR ${percent(detail["p_cpr"])}`);
  for (const name of ["unit_id", "taken_from"]) {
    const value = text(name);
    if (value) parts.push(state.nameOf(value));
  }
  const rescuer = text("rescuer_id");
  if (rescuer && !entry.by.endsWith(`:${rescuer}`)) parts.push(rescuer);
  const gate = text("gate");
  if (gate) parts.push(code("gate", gate));
  const task = text("task");
  if (task) parts.push(code("task", task));
  const because = text("because");
  if (because) parts.push(code("reason", because));
  return parts.filter(Boolean).join(" · ");
}
