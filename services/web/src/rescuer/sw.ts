/** The service worker of the rescuer's app: one address for ever, for what is under /rescuer/. */
const worker = globalThis as unknown as ServiceWorkerGlobalScope;

worker.addEventListener("activate", (event) => {
  event.waitUntil(worker.clients.claim());
});
