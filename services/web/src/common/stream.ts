/**
 * A stream of server-sent events that comes back by itself. `EventSource` cannot send a token, so
 * this reads `fetch`'s body; it resumes after the last event's id and says how fresh it is.
 */
import { type Signal, signal } from "@preact/signals";
import { createParser } from "eventsource-parser";
import { heardServerTime } from "./clock";
import { Problem, problemOf, unreachable } from "./problem";
import { session } from "./session";

export type StreamState = "connecting" | "live" | "lost" | "refused";

export interface StreamEvent {
  readonly id: string | undefined;
  readonly event: string;
  readonly data: unknown;
}

export interface LiveStream {
  readonly state: Signal<StreamState>;
  /** When anything was heard last (a beat counts), milliseconds since 1970 on this machine. */
  readonly heardAt: Signal<number>;
  readonly close: () => void;
}

interface Options {
  readonly url: string;
  readonly onEvent: (event: StreamEvent) => void;
  /** After a connection was lost and is back: what may have been missed can be read anew. */
  readonly onReconnect?: () => void;
  readonly lastEventId?: string;
}

/** Services say something every 15 s; after this silence the connection counts as lost. */
const SILENCE_MS = 20_000;
const FIRST_WAIT_MS = 300;
const LONGEST_WAIT_MS = 8_000;

export function openStream({ url, onEvent, onReconnect, lastEventId }: Options): LiveStream {
  const state = signal<StreamState>("connecting");
  const heardAt = signal(Date.now());
  const ended = new AbortController();
  let last = lastEventId;
  let waitMs = FIRST_WAIT_MS;
  let wasLost = false;

  const once = async (): Promise<void> => {
    const attempt = new AbortController();
    const stop = (): void => attempt.abort();
    ended.signal.addEventListener("abort", stop);
    // The machine knows before any silence is long enough to tell.
    addEventListener("offline", stop);
    let watchdog = setTimeout(stop, SILENCE_MS);
    const heard = (): void => {
      heardAt.value = Date.now();
      clearTimeout(watchdog);
      watchdog = setTimeout(stop, SILENCE_MS);
    };
    try {
      const headers: Record<string, string> = { Accept: "text/event-stream" };
      if (session.value) headers["Authorization"] = `Bearer ${session.value.token}`;
      if (last !== undefined) headers["Last-Event-ID"] = last;
      const response = await fetch(url, { headers, signal: attempt.signal, cache: "no-store" });
      heardServerTime(response.headers.get("date"));
      if (!response.ok || !response.body) throw await problemOf(response);
      heard();
      waitMs = FIRST_WAIT_MS;
      state.value = "live";
      if (wasLost) onReconnect?.();
      wasLost = false;
      const parser = createParser({
        onEvent: ({ id, event, data }) => {
          if (id !== undefined) last = id;
          let parsed: unknown = data;
          try {
            parsed = JSON.parse(data);
          } catch {
            // Not every event is JSON.
          }
          onEvent({ id, event: event ?? "message", data: parsed });
        },
      });
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return;
        heard();
        parser.feed(value);
      }
    } finally {
      clearTimeout(watchdog);
      ended.signal.removeEventListener("abort", stop);
      removeEventListener("offline", stop);
      attempt.abort();
    }
  };

  const run = async (): Promise<void> => {
    while (!ended.signal.aborted) {
      try {
        await once();
      } catch (error) {
        const problem = error instanceof Problem ? error : unreachable();
        if (problem.status === 401 || problem.status === 403) {
          state.value = "refused";
          return;
        }
      }
      // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- it may have ended meanwhile
      if (ended.signal.aborted) return;
      state.value = "lost";
      wasLost = true;
      // Apart from each other, so that a restarted service is not met by everybody at once.
      await new Promise((resolve) => {
        setTimeout(resolve, waitMs * (0.5 + Math.random()));
        addEventListener("online", resolve, { once: true });
      });
      waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS);
    }
  };
  void run();
  return { state, heardAt, close: () => ended.abort() };
}
