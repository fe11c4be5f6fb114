/**
 * Every word that is seen comes from here: one catalogue for each area, English beside Chinese,
 * messages in ICU format. A key that is missing in either language does not compile.
 */
import { signal } from "@preact/signals";
import { IntlMessageFormat } from "intl-messageformat";
import { type CommonKey, commonEn, commonZh } from "./common";

export type Language = "zh-CN" | "en";
export type Values = Record<string, string | number | Date>;

const KEY = "lifering.language";

function first(): Language {
  const stored = localStorage.getItem(KEY);
  if (stored === "zh-CN" || stored === "en") return stored;
  return navigator.language.toLowerCase().startsWith("en") ? "en" : "zh-CN";
}

export const language = signal<Language>(first());

language.subscribe((value) => {
  document.documentElement.lang = value;
});

export function chooseLanguage(value: Language): void {
  language.value = value;
  localStorage.setItem(KEY, value);
}

export interface Catalogue<Key extends string> {
  readonly en: Readonly<Record<Key, string>>;
  readonly zh: Readonly<Record<Key, string>>;
}

const formats = new Map<string, IntlMessageFormat>();

/** A translator for a catalogue: `t("queue.empty")`, `t("people", {count: 3})`. */
export function translator<Key extends string>(catalogue: Catalogue<Key>) {
  return (key: Key, values?: Values): string => {
    const chosen = language.value;
    const text = (chosen === "en" ? catalogue.en : catalogue.zh)[key];
    if (!values) return text;
    const id = `${chosen} ${text}`;
    let format = formats.get(id);
    if (!format) {
      format = new IntlMessageFormat(text, chosen, undefined, { ignoreTag: true });
      formats.set(id, format);
    }
    return String(format.format(values));
  };
}

/** A translator for a key that a service sent: the text when it is known, else the code itself. */
export function lookup<Key extends string>(catalogue: Catalogue<Key>) {
  const t = translator(catalogue);
  return (prefix: string, code: string, values?: Values): string => {
    const key = `${prefix}.${code}`;
    return key in catalogue.en ? t(key as Key, values) : code;
  };
}

const common: Catalogue<CommonKey> = { en: commonEn, zh: commonZh };

/** Words that all pages share. */
export const t = translator(common);
/** A shared word for a code of a service, such as `lookup("state", "accepted")`. */
export const word = lookup(common);

/** A number as people here write it. */
export function number(value: number, digits = 0): string {
  return new Intl.NumberFormat(language.value, { maximumFractionDigits: digits }).format(value);
}

/** A share of one as percent. */
export function percent(value: number): string {
  return new Intl.NumberFormat(language.value, { style: "percent" }).format(value);
}

/** `7 m`, `420 m` or `1.3 km`. */
export function distance(metres: number): string {
  const far = metres >= 1000;
  return new Intl.NumberFormat(language.value, {
    style: "unit",
    unit: far ? "kilometer" : "meter",
    maximumFractionDigits: far ? 1 : 0,
  }).format(far ? metres / 1000 : metres < 50 ? Math.round(metres) : Math.round(metres / 10) * 10);
}

/** A date with its time, in the browser's time zone unless another is named. */
export function dateTime(instant: string | Date, timeZone?: string): string {
  return new Intl.DateTimeFormat(language.value, {
    dateStyle: "medium",
    timeStyle: "medium",
    hourCycle: "h23",
    ...(timeZone ? { timeZone } : {}),
  }).format(new Date(instant));
}

/** The time of day, from 00 to 23 in every language: half past eleven is never two times. */
export function timeOfDay(instant: string | Date, timeZone?: string): string {
  return new Intl.DateTimeFormat(language.value, {
    timeStyle: "medium",
    hourCycle: "h23",
    ...(timeZone ? { timeZone } : {}),
  }).format(new Date(instant));
}
