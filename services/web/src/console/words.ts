/** The console's translators: `t` for its own words, `code` for what services send. */
import { lookup, translator } from "@/i18n";
import { type CodeKey, codesEn } from "./codes.en";
import { codesZh } from "./codes.zh";
import { type ConsoleKey, consoleEn } from "./words.en";
import { consoleZh } from "./words.zh";

export type { ConsoleKey } from "./words.en";

export const t = translator<ConsoleKey>({ en: consoleEn, zh: consoleZh });
/** `code("alert", "accepted")`; a code that is not known here is shown as it is. */
export const code = lookup<CodeKey>({ en: codesEn, zh: codesZh });
