/** Days as people here write them. */
import { language } from "@/i18n";

/** A day `YYYY-MM-DD`, whatever the phone's time zone. */
export const dateOf = (day: string): string =>
  new Intl.DateTimeFormat(language.value, { dateStyle: "long", timeZone: "UTC" }).format(
    new Date(`${day}T00:00:00Z`),
  );

/** An instant with day and minute. */
export const whenOf = (instant: string): string =>
  new Intl.DateTimeFormat(language.value, { dateStyle: "medium", timeStyle: "short" }).format(
    new Date(instant),
  );

/** Hour and minute: seconds say more than is known of closing hours. */
export const clockTime = (instant: string): string =>
  new Intl.DateTimeFormat(language.value, { timeStyle: "short" }).format(new Date(instant));
