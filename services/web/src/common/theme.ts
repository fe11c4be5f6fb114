/** Dark or light: as chosen here, else as the page prefers (a console is dark, a phone as set). */
import { signal } from "@preact/signals";

export type Theme = "dark" | "light";

const KEY = "lifering.theme";
const stored = localStorage.getItem(KEY);

export const theme = signal<Theme>(
  stored === "dark" || stored === "light"
    ? stored
    : matchMedia("(prefers-color-scheme: light)").matches
      ? "light"
      : "dark",
);

theme.subscribe((value) => {
  document.documentElement.dataset["theme"] = value;
});

export function chooseTheme(value: Theme): void {
  theme.value = value;
  localStorage.setItem(KEY, value);
}
