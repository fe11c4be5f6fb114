/**
 * Who is signed in here. The token comes once, in the address's fragment (it is never sent to a
 * server), or from signing in; it is kept in IndexedDB, where the service worker can read it too,
 * under the page's name, so that a console and a rescuer's app in one browser do not mix.
 */
import { signal } from "@preact/signals";
import { createStore, del, get, set } from "idb-keyval";

export type App = "console" | "rescuer" | "station" | "registry" | "planning";

export interface Session {
  readonly token: string;
  readonly role: string;
  readonly subject: string;
  /** The station of somebody with the station role. */
  readonly station: string | null;
  readonly expiresAt: Date;
}

/** Undefined while it is being read; null when nobody is signed in. */
export const session = signal<Session | null | undefined>(undefined);

const store = createStore("lifering-session", "tokens");

/** What a token says about its owner; null when it is none. Nothing is proven by reading it. */
export function readToken(token: string): Session | null {
  try {
    const part = token.split(".")[1];
    if (!part) return null;
    const base64 = part.replace(/-/g, "+").replace(/_/g, "/");
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    const claims: unknown = JSON.parse(new TextDecoder().decode(bytes));
    if (typeof claims !== "object" || claims === null) return null;
    const { role, sub, exp, station } = claims as Record<string, unknown>;
    if (typeof role !== "string" || typeof sub !== "string" || typeof exp !== "number") return null;
    return {
      token,
      role,
      subject: sub,
      station: typeof station === "string" ? station : null,
      expiresAt: new Date(exp * 1000),
    };
  } catch {
    return null;
  }
}

/** The token that the service worker and the page share. */
export async function storedToken(app: App): Promise<string | undefined> {
  return get<string>(app, store);
}

/** Takes a token from the address or from the last visit. */
export async function openSession(app: App): Promise<Session | null> {
  const fragment = new URLSearchParams(location.hash.slice(1));
  const given = fragment.get("token");
  if (given) {
    fragment.delete("token");
    const rest = fragment.toString();
    history.replaceState(null, "", location.pathname + location.search + (rest ? `#${rest}` : ""));
    return signIn(app, given);
  }
  const token = await storedToken(app);
  const found = token ? readToken(token) : null;
  session.value = found && found.expiresAt > new Date() ? found : null;
  return session.value;
}

/** Keeps a token; null when it cannot be read. */
export async function signIn(app: App, token: string): Promise<Session | null> {
  const found = readToken(token.trim());
  if (found) await set(app, found.token, store);
  session.value = found;
  return found;
}

export async function signOut(app: App): Promise<void> {
  await del(app, store);
  session.value = null;
}
