/** Fills the state: the list, the stream of all incidents, and the incident that is open. */
import { batch, effect, type Signal, signal } from "@preact/signals";
import { data, dispatch } from "@/common/api";
import { now, serverNow } from "@/common/clock";
import { type LiveStream, openStream, type StreamState } from "@/common/stream";
import { coalesced } from "./coalesced";
import { keepCopies } from "./kept";
import { alarmOf, keepPlaces, sorted, unacknowledged, withAlarm } from "./queue";
import { ring } from "./sound";
import * as state from "./state";
import { follow as followWays } from "./whereto";
import type { Attention, Live, Plan, Row, StreamedEntry } from "./types";

export const connection = signal<StreamState>("connecting");
/** When anything was heard last, milliseconds since 1970 by this machine. */
export const heardAt = signal(Date.now());

async function allRows(): Promise<Row[]> {
  const found: Row[] = [];
  let cursor: string | null | undefined;
  do {
    const page = data(
      await dispatch.GET("/incidents", {
        params: { query: { limit: 500, ...(cursor ? { cursor } : {}) } },
      }),
    );
    found.push(...page.items);
    cursor = page.next_cursor;
  } while (cursor);
  return found;
}

/** Rows that must not move: somebody has them open or holds them, here or elsewhere. */
function pinned(): Set<string> {
  const ids = new Set<string>();
  for (const [id, who] of state.attention.value) {
    if (who.holder || who.viewers.length > 0) ids.add(id);
  }
  if (state.selected.value) ids.add(state.selected.value);
  return ids;
}

function placeRows(): void {
  const before = state.order.value;
  const placed = keepPlaces(before, sorted(state.rows.value.values()), pinned());
  if (!same(before, placed)) state.order.value = placed;
}

/** As `after`, but what has not changed stays the same object, so that it is not drawn again. */
function kept<T>(before: ReadonlyMap<string, T>, after: readonly [string, T][]): Map<string, T> {
  return new Map(
    after.map(([id, each]) => {
      const old = before.get(id);
      return [id, old !== undefined && same(old, each) ? old : each];
    }),
  );
}

const LIST_AGAIN_MS = 5_000;

export const refreshList = coalesced(async () => {
  try {
    const found = await allRows();
    batch(() => {
      state.rows.value = kept(
        state.rows.value,
        found.map((row) => [row.id, row]),
      );
      state.listState.value = "ready";
      placeRows();
    });
    keepCopies(found);
  } catch {
    if (state.listState.value === "ready") return;
    state.listState.value = "failed";
    // Nothing has been read yet, so that no news can be missed: it is asked for until it is there.
    setTimeout(refreshList, LIST_AGAIN_MS);
  }
}, 400);

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

export const refreshOpened = coalesced(async () => {
  const id = state.selected.value;
  if (!id) return;
  const path = { incident_id: id };
  try {
    const [incident, timeline, plan] = await Promise.all([
      dispatch.GET("/incidents/{incident_id}", { params: { path } }).then(data),
      dispatch.GET("/incidents/{incident_id}/timeline", { params: { path } }).then(data),
      dispatch
        .GET("/incidents/{incident_id}/plan", { params: { path } })
        .then((answer) => data(answer) as unknown as Plan)
        .catch(() => null),
    ]);
    if (state.selected.value !== id) return;
    batch(() => {
      state.opened.value = { incident, plan, timeline: timeline.entries, readAt: serverNow() };
      state.openError.value = null;
      settle(id);
    });
  } catch (error) {
    if (state.selected.value === id) state.openError.value = error;
  }
}, 200);

/** What the server has told of an incident is pending no more. */
function settle(id: string): void {
  state.pending.value = state.pending.value.filter(
    (each) => each.incident !== id || each.since > serverNow() - 300,
  );
}

function onEntry(entry: StreamedEntry): void {
  const kind = alarmOf(entry.event);
  if (kind && entry.by !== state.me.value) {
    state.alarms.value = withAlarm(state.alarms.value, {
      kind,
      incident: entry.incident_id,
      at: entry.at,
    });
    ring(kind);
  }
  if (entry.event === "incident_closed") {
    state.alarms.value = state.alarms.value.filter((each) => each.incident !== entry.incident_id);
  }
  refreshList();
  if (entry.incident_id === state.selected.value) refreshOpened();
}

function onAttention(told: { incidents: Attention[] }): void {
  batch(() => {
    state.attention.value = kept(
      state.attention.value,
      told.incidents.map((each) => [each.incident_id, each]),
    );
    placeRows();
  });
}

function follow(stream: LiveStream, into: Signal<StreamState>): () => void {
  return effect(() => {
    into.value = stream.state.value;
  });
}

/** Begins; what it returns ends it. */
export function start(): () => void {
  const stream = openStream({
    url: "/api/incidents/stream?attention=true",
    onEvent: ({ event, data: told }) => {
      if (event === "attention") onAttention(told as { incidents: Attention[] });
      else onEntry(told as StreamedEntry);
    },
    onReconnect: () => {
      refreshList();
      refreshOpened();
    },
  });
  const ends = [
    follow(stream, connection),
    effect(() => {
      heardAt.value = stream.heardAt.value;
    }),
    followSelected(),
    followWays(),
    watchOrders(),
  ];
  refreshList();
  return () => {
    stream.close();
    for (const end of ends) end();
  };
}

/** Rings once for each order that nobody has acknowledged when its time is nearly over. */
function watchOrders(): () => void {
  const rung = new Set<string>();
  return effect(() => {
    const at = now.value;
    for (const row of state.rows.value.values()) {
      const key = `${row.id} ${row.acknowledge_by ?? ""}`;
      if (rung.has(key) || !unacknowledged(row, at)) continue;
      rung.add(key);
      state.alarms.value = withAlarm(state.alarms.peek(), {
        kind: "unacknowledged",
        incident: row.id,
        at: new Date(at).toISOString(),
      });
      ring("unacknowledged");
    }
  });
}

/** Everybody's place, for the incident that is open. */
function followSelected(): () => void {
  return effect(() => {
    const id = state.selected.value;
    state.live.value = null;
    if (!id) return;
    refreshOpened();
    const stream = openStream({
      url: `/api/incidents/${id}/live`,
      onEvent: ({ data: told }) => {
        state.live.value = told as Live;
      },
    });
    return () => stream.close();
  });
}
