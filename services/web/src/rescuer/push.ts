/** Being woken by the browser: subscribing, leaving, and what this deployment's channels are. */
import { signal } from "@preact/signals";
import { language } from "@/i18n";
import { ask, askIfThere } from "./net";
import { keyBytes, subscriptionBody } from "./push-key";
import type { PushInfo } from "./types";

export type PushState =
  "reading" | "missing" | "disabled" | "unsupported" | "denied" | "off" | "on" | "failed";

export const push = signal<PushState>("reading");
export const pushInfo = signal<PushInfo | null>(null);
/** Set when a test push has woken the worker on this phone. */
export const testArrived = signal(false);

/** The id of this browser's own subscription. */
const MINE = "lifering.rescuer.subscription";

const supported = (): boolean => "serviceWorker" in navigator && "PushManager" in globalThis;

/** Installs the service worker; a new version waits until the app is at rest. */
export async function installWorker(onWaiting: () => void): Promise<void> {
  if (!("serviceWorker" in navigator) || import.meta.env.DEV) return;
  const registration = await navigator.serviceWorker.register("/rescuer/sw.js", {
    scope: "/rescuer/",
  });
  const look = (): void => {
    if (registration.waiting && navigator.serviceWorker.controller) onWaiting();
  };
  look();
  registration.addEventListener("updatefound", () => {
    registration.installing?.addEventListener("statechange", look);
  });
  navigator.serviceWorker.addEventListener("message", ({ data }) => {
    if ((data as { kind?: string } | null)?.kind === "test") testArrived.value = true;
  });
}

/** Lets the new version take over. */
export async function useNewVersion(): Promise<void> {
  const registration = await navigator.serviceWorker.getRegistration("/rescuer/");
  navigator.serviceWorker.addEventListener("controllerchange", () => location.reload(), {
    once: true,
  });
  registration?.waiting?.postMessage({ kind: "take_over" });
}

async function subscription(): Promise<PushSubscription | null> {
  if (!supported()) return null;
  const registration = await navigator.serviceWorker.getRegistration("/rescuer/");
  return (await registration?.pushManager.getSubscription()) ?? null;
}

/** Reads what the service and the browser say. */
export async function readPush(): Promise<void> {
  const info = await askIfThere<PushInfo>("/me/push").catch(() => undefined);
  pushInfo.value = info ?? null;
  if (!info) push.value = "missing";
  else if (!info.vapid_public_key) push.value = "disabled";
  else if (!supported()) push.value = "unsupported";
  else if (Notification.permission === "denied") push.value = "denied";
  else push.value = (await subscription()) ? "on" : "off";
}

/** Asks for permission, subscribes at the browser's push service, and tells ours. */
export async function subscribe(): Promise<void> {
  const key = pushInfo.peek()?.vapid_public_key;
  if (!key || !supported()) return;
  if ((await Notification.requestPermission()) !== "granted") {
    push.value = "denied";
    return;
  }
  try {
    const registration = await navigator.serviceWorker.ready;
    const made = await registration.pushManager.subscribe({
      userVisibleOnly: true,
      applicationServerKey: keyBytes(key),
    });
    const kept = await ask<{ subscription_id: string }>("/me/push/subscriptions", {
      method: "PUT",
      body: subscriptionBody(made, language.peek()),
    });
    localStorage.setItem(MINE, kept.subscription_id);
    push.value = "on";
    await readPush();
  } catch {
    push.value = "failed";
  }
}

/** Leaves the browser's push service, and tells ours not to try any more. */
export async function unsubscribe(): Promise<void> {
  const made = await subscription();
  await made?.unsubscribe();
  const id = localStorage.getItem(MINE);
  localStorage.removeItem(MINE);
  // Where this does not arrive, the push service refuses the next push, and ours forgets it then.
  if (id) {
    await ask(`/me/push/subscriptions/${id}`, { method: "DELETE" }).catch(() => undefined);
  }
  if (pushInfo.peek()) push.value = "off";
}

/** Sends a test to all own devices; how many took it. */
export async function testPush(): Promise<number> {
  testArrived.value = false;
  const told = await ask<{ taken: number }>("/me/push/test", { method: "POST" });
  return told.taken;
}
