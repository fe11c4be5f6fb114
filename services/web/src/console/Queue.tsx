/** The queue: every open incident by urgency, then age; only the rows in view are drawn. */
import { memo } from "preact/compat";
import { useEffect, useRef, useState } from "preact/hooks";
import { now } from "@/common/clock";
import { Empty, Since, Skeleton } from "@/ui/Bits";
import { Icon } from "@/ui/Icon";
import { actionOf, openIncident } from "./actions";
import { isNew, rankOf, unacknowledged, urgencyOf, windowOf } from "./queue";
import * as state from "./state";
import type { Attention, Row } from "./types";
import { labelOf } from "./labels";
import { t } from "./words";

/** Clock and kind, place, two lines of facts. */
const ROW_PX = 96;

/** What drawing has cost so far; tests count, they do not time. */
const work = { lists: 0, rows: 0 };

/** On the list's element: `document.querySelector(".rows").work`. */
interface ListElement extends HTMLDivElement {
  work?: typeof work;
}

export function Queue() {
  const ids = state.order.value;
  // "None" is said only where the list was read.
  const unknown = state.listState.value === "failed";
  return (
    <section class="queue" aria-label={t("queue.title")}>
      <div class="queue-head">
        <h2>{t("queue.title")}</h2>
        {unknown || <span class="soft">{t("queue.count", { count: ids.length })}</span>}
        <button type="button" class="button primary" onClick={() => actionOf("new").run()}>
          <Icon name="plus" />
          {t("queue.new")} <kbd>N</kbd>
        </button>
      </div>
      <Alarms />
      {state.listState.value === "loading" ? (
        <div class="pad">
          <Skeleton lines={6} />
        </div>
      ) : unknown ? (
        <Empty title={t("queue.unknown")}>
          <p>{t("queue.unknownHelp")}</p>
        </Empty>
      ) : ids.length === 0 ? (
        <Empty title={t("queue.empty")}>
          <p>{t("queue.emptyHelp")}</p>
        </Empty>
      ) : (
        <Rows ids={ids} />
      )}
      <Announcer />
    </section>
  );
}

function Rows({ ids }: { ids: readonly string[] }) {
  const box = useRef<ListElement>(null);
  work.lists += 1;
  const [view, setView] = useState({ top: 0, height: 900 });
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    element.work = work;
    const measure = (): void => setView({ top: element.scrollTop, height: element.clientHeight });
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    element.addEventListener("scroll", measure, { passive: true });
    return () => {
      observer.disconnect();
      element.removeEventListener("scroll", measure);
    };
  }, []);
  const selected = state.selected.value;
  useEffect(() => {
    // The row that the keyboard has moved to comes into view; nothing else ever scrolls.
    const element = box.current;
    const index = selected ? ids.indexOf(selected) : -1;
    if (!element || index < 0) return;
    const top = index * ROW_PX;
    if (top < element.scrollTop) element.scrollTop = top;
    else if (top + ROW_PX > element.scrollTop + element.clientHeight) {
      element.scrollTop = top + ROW_PX - element.clientHeight;
    }
  }, [selected]);
  const { from, to } = windowOf(ids.length, view.top, view.height, ROW_PX);
  const below = ids.slice(to).filter((id) => isNew(state.attention.value.get(id))).length;
  return (
    <>
      <div ref={box} class="rows" data-drawn={to - from}>
        <ol style={{ height: `${ids.length * ROW_PX}px` }}>
          {ids.slice(from, to).map((id, index) => {
            const row = state.rows.value.get(id);
            return row ? (
              <RowView
                key={id}
                row={row}
                top={(from + index) * ROW_PX}
                selected={id === selected}
                who={state.attention.value.get(id)}
                me={state.me.value}
              />
            ) : null;
          })}
        </ol>
      </div>
      {below > 0 && <p class="rows-below">{t("queue.newBelow", { count: below })}</p>}
    </>
  );
}

interface RowProps {
  readonly row: Row;
  readonly top: number;
  readonly selected: boolean;
  readonly who: Attention | undefined;
  readonly me: string;
}

const RowView = memo(function RowView({ row, top, selected, who, me }: RowProps) {
  work.rows += 1;
  const urgency = urgencyOf(row);
  const rank = rankOf(row);
  const waits = rank === 0;
  return (
    <li style={{ top: `${top}px`, height: `${ROW_PX}px` }}>
      <button
        type="button"
        class={`row rank-${rank} ${selected ? "selected" : ""} ${isNew(who) ? "new" : ""}`}
        aria-current={selected}
        onClick={() => openIncident(row.id)}
      >
        <span class="row-mark" aria-hidden="true">
          {waits ? "●" : rank <= 2 ? "◐" : "○"}
        </span>
        <Since instant={row.opened_at} class="row-clock" />
        <strong class="row-kind">{t(`kind.${urgency}`)}</strong>
        <Lock who={who} me={me} />
        <span class="row-place">{labelOf(row)}</span>
        <span class="row-facts">
          <Facts row={row} />
        </span>
      </button>
    </li>
  );
});

/** What is still to be done comes first; what has been overtaken is not said any more. */
function Facts({ row }: { row: Row }) {
  const there = row.arrived > 0 || row.unit_there;
  return (
    <>
      {row.same_patient && <span class="fact amber">{t("queue.same")}</span>}
      <Late row={row} />
      {row.target_missed && !there && <span class="fact amber">{t("queue.missed")}</span>}
      {row.unit_there && <span class="fact green">{t("queue.unitThere")}</span>}
      {row.arrived > 0 && <span class="fact green">{t("queue.with")}</span>}
      {row.asked > 0 && (
        <span class="fact">
          {t("queue.accepted", { accepted: row.accepted, asked: row.asked })}
        </span>
      )}
      {row.asked === 0 && <span class="fact">{t("queue.noVolunteers")}</span>}
      {row.with_aed > 0 && !row.unit_there && <span class="fact">{t("queue.aed")}</span>}
    </>
  );
}

/** Looks at the clock itself, so that the row need not. */
function Late({ row }: { row: Row }) {
  return unacknowledged(row, now.value) ? (
    <span class="fact amber">{t("queue.unacknowledged")}</span>
  ) : null;
}

function Lock({ who, me }: { who: Attention | undefined; me: string }) {
  if (who?.holder) {
    const mine = who.holder === me;
    const label = mine ? t("queue.heldByMe") : t("queue.held", { name: state.nameOf(who.holder) });
    return (
      <span class={`row-lock ${mine ? "mine" : ""}`} title={label}>
        <Icon name="lock" />
        <span>{mine ? t("queue.heldByMe") : state.nameOf(who.holder)}</span>
      </span>
    );
  }
  const others = (who?.viewers ?? []).filter((each) => each !== me).map(state.nameOf);
  if (others.length === 0) return null;
  return (
    <span class="row-lock" title={t("queue.viewing", { names: others.join(", ") })}>
      <Icon name="user" />
      <span>{others[0]}</span>
    </span>
  );
}

function Alarms() {
  const alarms = state.alarms.value;
  if (alarms.length === 0) return null;
  return (
    <ul class="alarms" aria-label={t("alarm.title")}>
      {alarms.slice(-4).map((alarm) => {
        const row = state.rows.value.get(alarm.incident);
        return (
          <li key={`${alarm.kind} ${alarm.incident}`} class={`alarm ${alarm.kind}`}>
            <button type="button" class="alarm-open" onClick={() => openIncident(alarm.incident)}>
              <Icon name="alert" />
              <strong>{t(`alarm.${alarm.kind}`)}</strong>
              <span>{row ? labelOf(row) : ""}</span>
            </button>
            <button
              type="button"
              class="button quiet"
              aria-label={t("alarm.dismiss")}
              onClick={() => {
                state.alarms.value = state.alarms.value.filter((each) => each !== alarm);
              }}
            >
              <Icon name="check" />
            </button>
          </li>
        );
      })}
    </ul>
  );
}

/** Reads alarms aloud to a screen reader, without moving its focus. */
function Announcer() {
  const last = state.alarms.value.at(-1);
  const row = last ? state.rows.value.get(last.incident) : undefined;
  return (
    <p class="visually-hidden" role="status" aria-live="assertive">
      {last
        ? t("queue.announce", {
            what: t(`alarm.${last.kind}`),
            place: row ? labelOf(row) : "",
          })
        : ""}
    </p>
  );
}
