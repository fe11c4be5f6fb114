/** Keeps the screen on while it matters; the lock is lost whenever the page is hidden. */

/** Until the returned function is called. A phone that cannot, does not. */
export function keepAwake(): () => void {
  let lock: WakeLockSentinel | null = null;
  let ended = false;
  const take = async (): Promise<void> => {
    if (ended || document.visibilityState !== "visible" || !("wakeLock" in navigator)) return;
    try {
      const taken = await navigator.wakeLock.request("screen");
      // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- it may have ended meanwhile
      if (ended) await taken.release();
      else lock = taken;
    } catch {
      // Saving its battery, the phone may refuse.
    }
  };
  const again = (): void => void take();
  document.addEventListener("visibilitychange", again);
  again();
  return () => {
    ended = true;
    document.removeEventListener("visibilitychange", again);
    void lock?.release();
  };
}
