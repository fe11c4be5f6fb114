/** The survey after a task, when the service says that it is time. */
import { computed, signal } from "@preact/signals";
import { ask } from "./net";
import type { SurveyAnswers, SurveyOffer } from "./types";

const due = signal<readonly SurveyOffer[]>([]);
/** Put off until the app is opened anew. */
const later = signal<readonly string[]>([]);

export const dueSurvey = computed(
  () => due.value.find((each) => !later.value.includes(each.alert_id)) ?? null,
);

export async function readSurveys(): Promise<void> {
  try {
    due.value = (await ask<{ items: SurveyOffer[] }>("/me/surveys")).items;
  } catch {
    // Nothing that cannot wait: it is read again when the app is next at rest.
  }
}

export async function answerSurvey(alertId: string, answers: SurveyAnswers): Promise<void> {
  await ask(`/me/surveys/${alertId}`, { method: "PUT", body: answers });
  due.value = due.peek().filter((each) => each.alert_id !== alertId);
}

export const putOff = (alertId: string): void => {
  later.value = [...later.peek(), alertId];
};
