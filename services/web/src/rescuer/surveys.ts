/** The survey after a task, when the service says that it is time. */
import { computed, signal } from "@preact/signals";
import { ask, askIfThere } from "./net";

export interface DueSurvey {
  readonly alert_id: string;
  readonly answered_at?: string | null;
}

export interface SurveyAnswers {
  readonly arrived?: boolean;
  readonly cpr?: boolean;
  readonly shock?: boolean;
  readonly reached_patient_before_ambulance?: boolean;
  readonly impact?: "none" | "mild" | "moderate" | "severe";
  readonly wants_debrief: boolean;
  readonly note?: string;
}

const due = signal<readonly DueSurvey[]>([]);
/** Put off until the app is opened anew. */
const later = signal<readonly string[]>([]);

export const dueSurvey = computed(
  () => due.value.find((each) => !each.answered_at && !later.value.includes(each.alert_id)) ?? null,
);

export async function readSurveys(): Promise<void> {
  const read = await askIfThere<{ items?: DueSurvey[] } | DueSurvey[]>("/me/surveys").catch(
    () => undefined,
  );
  due.value = Array.isArray(read) ? read : (read?.items ?? []);
}

export async function answerSurvey(alertId: string, answers: SurveyAnswers): Promise<void> {
  await ask(`/me/surveys/${alertId}`, { method: "PUT", body: answers });
  due.value = due.peek().filter((each) => each.alert_id !== alertId);
}

export const putOff = (alertId: string): void => {
  later.value = [...later.peek(), alertId];
};
