/** Staying signed in, and leaving. */
import { session, signIn, signOut } from "@/common/session";
import { ask } from "./net";
import { forget } from "./queue";
import { unsubscribe } from "./push";

/** A token is renewed when this share of its time is left, our choice. */
const RENEW_BELOW_MS = 7 * 24 * 3600 * 1000;
const LOOK_EVERY_MS = 3600 * 1000;

interface SessionOut {
  readonly renewable?: boolean;
  readonly expires_at: string;
}

async function renew(): Promise<void> {
  const who = session.peek();
  if (!who || who.expiresAt.getTime() - Date.now() > RENEW_BELOW_MS) return;
  try {
    const told = await ask<SessionOut>("/session");
    if (!told.renewable) return;
    const { token } = await ask<{ token: string }>("/session/refresh", { method: "POST" });
    await signIn("rescuer", token);
  } catch {
    // The token is still good; the next look tries again.
  }
}

/** Renews the token before it ends, while the app is open. */
export function keepSession(): () => void {
  void renew();
  const timer = setInterval(() => void renew(), LOOK_EVERY_MS);
  return () => clearInterval(timer);
}

/** Leaves this phone: no push, no token, nothing of this person kept. */
export async function leave(): Promise<void> {
  const who = session.peek()?.subject ?? "";
  await Promise.allSettled([unsubscribe(), forget(who)]);
  await ask("/session/sign-out", { method: "POST" }).catch(() => undefined);
  await signOut("rescuer");
}
