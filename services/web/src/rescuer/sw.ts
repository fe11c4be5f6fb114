/**
 * The service worker of the rescuer's app: keeps the app's files for when there is no network,
 * wakes at a push, fetches what it is about, shows it in the phone's words, says that it arrived,
 * and sends what was left unsent.
 */
import { readToken, storedToken } from "@/common/session";
import { ask } from "./net";
import { readPushData, toConfirm, toShow } from "./notices";
import { keyBytes, subscriptionBody } from "./push-key";
import { flush, put, receiptItem } from "./queue";
import { keptLanguage } from "./shelf";
import { noticeWords } from "./sw-words";
import type { Message } from "./types";

declare const __PRECACHE__: readonly string[];
declare const __VERSION__: string;

const worker = globalThis as unknown as ServiceWorkerGlobalScope;
const PAGE = "/rescuer/";
const SHELL = `rescuer-${__VERSION__}`;
const ICON = __PRECACHE__.find((path) => path.includes("rescuer-192"));

worker.addEventListener("install", (event) => {
  event.waitUntil(
    caches
      .open(SHELL)
      .then((cache) =>
        cache.addAll(__PRECACHE__.map((path) => new Request(path, { cache: "no-cache" }))),
      ),
  );
});

worker.addEventListener("activate", (event) => {
  event.waitUntil(
    (async () => {
      for (const name of await caches.keys()) {
        if (name.startsWith("rescuer-") && name !== SHELL) await caches.delete(name);
      }
      await worker.clients.claim();
    })(),
  );
});

/** The page from the cache at once: at night on a bad network seconds count. */
async function page(request: Request): Promise<Response> {
  return (await caches.match(PAGE, { ignoreSearch: true })) ?? fetch(request);
}

/** Assets never change under their name. */
async function asset(request: Request): Promise<Response> {
  const held = await caches.match(request);
  if (held) return held;
  const answer = await fetch(request);
  if (answer.ok) await (await caches.open(SHELL)).put(request, answer.clone());
  return answer;
}

worker.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== worker.location.origin) return;
  if (request.mode === "navigate" && pathname === PAGE) event.respondWith(page(request));
  else if (pathname.startsWith("/assets/") || __PRECACHE__.includes(pathname)) {
    event.respondWith(asset(request));
  }
});

worker.addEventListener("message", (event) => {
  if ((event.data as { kind?: string } | null)?.kind === "take_over") void worker.skipWaiting();
});

async function subject(): Promise<string | null> {
  const token = await storedToken("rescuer");
  return token ? (readToken(token)?.subject ?? null) : null;
}

async function show(kind: Parameters<typeof noticeWords>[0], tag: string): Promise<void> {
  const { title, body } = noticeWords(kind, await keptLanguage());
  const options: NotificationOptions & { renotify: boolean; vibrate: number[] } = {
    body,
    tag,
    renotify: true,
    requireInteraction: kind === "alert",
    vibrate: kind === "alert" ? [500, 150, 500, 150, 500] : [200],
    lang: await keptLanguage(),
    data: { kind },
    ...(ICON ? { icon: ICON, badge: ICON } : {}),
  };
  await worker.registration.showNotification(title, options);
}

/** Newest first; what is older than these has expired. */
const LOOKED_AT = 20;

async function woken(text: string | undefined): Promise<void> {
  const { kind, messageId } = readPushData(text);
  const who = await subject();
  if (kind === "test") {
    for (const client of await worker.clients.matchAll({ type: "window" })) {
      client.postMessage({ kind: "test" });
    }
    await Promise.allSettled([show("test", "test"), arrived(messageId)]);
    return;
  }
  try {
    if (!who) throw new Error("signed out");
    const { items } = await ask<{ items: Message[] }>(`/me/messages?limit=${LOOKED_AT}`);
    const now = Date.now();
    const shown = toShow(items, now);
    for (const message of shown) await show(message.kind, message.incident_id);
    // A browser takes its permission back where a push shows nothing at all.
    if (shown.length === 0) await show("other", "other");
    for (const message of toConfirm(items, now)) {
      await put(receiptItem(who, message, "delivered", new Date()));
    }
  } catch {
    await show(kind === "alert" ? "alert" : "other", messageId ?? "other");
  }
  // First of the receipts: it says by which way the message came, and the first one counts.
  await arrived(messageId);
  if (who) await flush(who);
}

/** Tells that a push wakes this device; a service without such receipts does without. */
async function arrived(messageId: string | null): Promise<void> {
  if (!messageId || !(await subject())) return;
  const made = await worker.registration.pushManager.getSubscription().catch(() => null);
  await ask("/me/push/receipts", {
    method: "POST",
    body: { message_id: messageId, ...(made ? { endpoint: made.endpoint } : {}) },
  }).catch(() => undefined);
}

worker.addEventListener("push", (event) => {
  event.waitUntil(woken(event.data?.text()));
});

worker.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(
    (async () => {
      const open = await worker.clients.matchAll({ type: "window", includeUncontrolled: true });
      const mine = open.find((client) => new URL(client.url).pathname === PAGE);
      await (mine ? mine.focus() : worker.clients.openWindow(PAGE));
    })(),
  );
});

worker.addEventListener("pushsubscriptionchange", (event) => {
  const change = event as unknown as {
    readonly oldSubscription?: PushSubscription | null;
    readonly newSubscription?: PushSubscription | null;
    readonly waitUntil: (work: Promise<unknown>) => void;
  };
  change.waitUntil(
    (async () => {
      const { vapid_public_key: key } = await ask<{ vapid_public_key: string | null }>("/me/push");
      if (!key) return;
      const made =
        change.newSubscription ??
        (await worker.registration.pushManager.subscribe({
          userVisibleOnly: true,
          applicationServerKey: keyBytes(key),
        }));
      await ask("/me/push/subscriptions", {
        method: "PUT",
        body: subscriptionBody(made, await keptLanguage()),
      });
    })(),
  );
});

/** The network is back (Background Sync, where there is one). */
worker.addEventListener("sync", (event) => {
  const sync = event as unknown as { readonly waitUntil: (work: Promise<unknown>) => void };
  sync.waitUntil(
    (async () => {
      const who = await subject();
      if (who) await flush(who);
    })(),
  );
});
