/** Every word of the rescuer's app, in both languages. */
import type { HistoryItem, Step, TransportMode, WhyNot } from "./types";
import { afterEn, afterZh } from "./words/after";
import { alertEn, alertZh } from "./words/alert";
import { enrolEn, enrolZh } from "./words/enrol";
import { homeEn, homeZh } from "./words/home";
import { settingsEn, settingsZh } from "./words/settings";

const en = { ...alertEn, ...homeEn, ...enrolEn, ...settingsEn, ...afterEn };
export type RescuerKey = keyof typeof en;
const zh: Record<RescuerKey, string> = {
  ...alertZh,
  ...homeZh,
  ...enrolZh,
  ...settingsZh,
  ...afterZh,
};

/** What services send in codes has words: a code without them does not compile. */
type Coded =
  | `reason.${WhyNot}`
  | `mend.${WhyNot}`
  | `step.${Step}`
  | `said.${HistoryItem["answer"]}`
  | `end.${NonNullable<HistoryItem["outcome"]>}`
  | `transport.${TransportMode}`;
const complete: Readonly<Record<Coded, string>> = en;
export const codes: readonly string[] = Object.keys(complete);

export const catalogue = { en, zh };
