/** The planner's words, and those for codes that the service sends. */
import { type Catalogue, lookup, translator } from "@/i18n";
import { en } from "./words.en";
import { zh } from "./words.zh";

const catalogue: Catalogue<keyof typeof en> = { en, zh };

export const p = translator(catalogue);
export const code = lookup(catalogue);
