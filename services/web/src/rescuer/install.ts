/** Putting the app on the home screen, and its new versions. */
import { signal } from "@preact/signals";

interface InstallPrompt extends Event {
  prompt: () => Promise<unknown>;
}

/** The browser's offer to install; null where it makes none (or the app is installed). */
export const installOffer = signal<InstallPrompt | null>(null);
export const newVersion = signal(false);

export function watchInstall(): void {
  addEventListener("beforeinstallprompt", (event) => {
    event.preventDefault();
    installOffer.value = event as InstallPrompt;
  });
  addEventListener("appinstalled", () => (installOffer.value = null));
}

export async function install(): Promise<void> {
  const offer = installOffer.peek();
  installOffer.value = null;
  await offer?.prompt();
}
