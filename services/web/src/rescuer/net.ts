/**
 * Requests of the app and of its service worker, which has no page and no memory: the token comes
 * from the page's session or from where it is kept.
 */
import { heardServerTime } from "@/common/clock";
import { Problem, problemOf, unreachable } from "@/common/problem";
import { session, storedToken } from "@/common/session";

export interface Request {
  readonly method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly body?: unknown;
  /** Under which the command is carried out once, however often it is sent. */
  readonly key?: string;
}

/** Called when the token is no longer accepted. */
export const unauthorized: { handle: (() => void) | null } = { handle: null };

/** After this an answer counts as lost; a phone in a stairwell hangs rather than fails. */
const PATIENCE_MS = 15_000;

/** What the services answer under `/api`. Throws a {@link Problem}; status 0 where none came. */
export async function ask<T>(path: string, { method = "GET", body, key }: Request = {}) {
  const token = session.value?.token ?? (await storedToken("rescuer"));
  const headers: Record<string, string> = { Accept: "application/json" };
  if (token) headers["Authorization"] = `Bearer ${token}`;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (key) headers["Idempotency-Key"] = key;
  let response: Response;
  let content: string;
  try {
    response = await fetch(`/api${path}`, {
      method,
      headers,
      cache: "no-store",
      signal: AbortSignal.timeout(PATIENCE_MS),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    heardServerTime(response.headers.get("date"));
    if (!response.ok) throw await problemOf(response);
    content = await response.text();
  } catch (error) {
    if (!(error instanceof Problem)) throw unreachable();
    if (error.status === 401) unauthorized.handle?.();
    throw error;
  }
  return (content ? JSON.parse(content) : undefined) as T;
}

/** As {@link ask}, but undefined where this deployment has no such thing (404, 405). */
export async function askIfThere<T>(path: string, request: Request = {}): Promise<T | undefined> {
  try {
    return await ask<T>(path, request);
  } catch (error) {
    if (error instanceof Problem && (error.status === 404 || error.status === 405)) {
      return undefined;
    }
    throw error;
  }
}
