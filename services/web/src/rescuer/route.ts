/** Which page of the settings is open: the address's fragment, so that "back" goes back. */
import { signal } from "@preact/signals";

export const PAGES = [
  "certificate",
  "places",
  "quiet",
  "transport",
  "push",
  "history",
  "datum",
  "privacy",
  "survey",
] as const;
export type PageName = (typeof PAGES)[number];

const read = (): PageName | null => {
  const name = location.hash.replace(/^#\//, "");
  return PAGES.find((page) => page === name) ?? null;
};

export const page = signal<PageName | null>(read());

addEventListener("hashchange", () => {
  page.value = read();
});

export const open = (name: PageName): void => {
  location.hash = `/${name}`;
};

/** To the app at rest; the address keeps no fragment. */
export const home = (): void => {
  history.replaceState(null, "", location.pathname + location.search);
  page.value = null;
};
