/** The rescuer's app speaks through these. */
import { lookup, translator } from "@/i18n";
import { catalogue } from "./catalogue";

export type { RescuerKey } from "./catalogue";

export const w = translator(catalogue);
/** The word for a code of a service: `code("reason", "held")`. */
export const code = lookup(catalogue);
