/** Where in the registry the user is, kept in the address, so that a link leads there again. */
import { signal } from "@preact/signals";

const read = (): string => location.hash.replace(/^#\/?/, "") || "aeds";

/** Such as `aeds`, `aeds/aed-0214`, `files`, `rescuers`. */
export const route = signal(read());

addEventListener("hashchange", () => {
  if (!location.hash.includes("token=")) route.value = read();
});

export function goTo(path: string): void {
  location.hash = `/${path}`;
}
