/** What page and service worker both need to subscribe. */

/** From base64url, as `pushManager.subscribe` wants the key. */
export function keyBytes(base64url: string): Uint8Array<ArrayBuffer> {
  const base64 = base64url.replace(/-/g, "+").replace(/_/g, "/");
  return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
}

/** What the service is told of a subscription. */
export function subscriptionBody(made: PushSubscription, language: string) {
  const { endpoint, keys, expirationTime } = made.toJSON();
  return { endpoint, keys, expiration_time: expirationTime ?? null, language };
}
