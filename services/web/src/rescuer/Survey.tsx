/** How it was and how one is; nothing must be answered. */
import { useSignal } from "@preact/signals";
import { ErrorNote } from "@/ui/Bits";
import { home } from "./route";
import { answerSurvey, dueSurvey, putOff, type SurveyAnswers } from "./surveys";
import { code, w } from "./words";

type Question = "arrived" | "reached_patient_before_ambulance" | "cpr" | "shock";
const QUESTIONS: readonly (readonly [Question, Parameters<typeof w>[0]])[] = [
  ["arrived", "survey.arrived"],
  ["reached_patient_before_ambulance", "survey.before"],
  ["cpr", "survey.cpr"],
  ["shock", "survey.shock"],
];
const IMPACTS = ["none", "mild", "moderate", "severe"] as const;

export function Survey() {
  const said = useSignal<SurveyAnswers>({ wants_debrief: false });
  const thanked = useSignal<"no" | "yes" | "debrief">("no");
  const problem = useSignal<unknown>(null);
  const due = dueSurvey.value;
  if (thanked.value !== "no" || !due) {
    return (
      <section class="stack" role="status">
        <p>{w(thanked.value === "debrief" ? "survey.thanksDebrief" : "survey.thanks")}</p>
        <button type="button" class="button large wide" onClick={home}>
          {w("nav.back")}
        </button>
      </section>
    );
  }
  const set = (change: Partial<SurveyAnswers>): void => {
    said.value = { ...said.peek(), ...change };
  };
  const send = async (): Promise<void> => {
    problem.value = null;
    try {
      await answerSurvey(due.alert_id, said.peek());
      thanked.value = said.peek().wants_debrief ? "debrief" : "yes";
    } catch (error) {
      problem.value = error;
    }
  };
  return (
    <form
      class="stack"
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      <p>{w("survey.lead")}</p>
      {QUESTIONS.map(([name, words]) => (
        <fieldset key={name} class="yes-no">
          <legend>{w(words)}</legend>
          {[true, false].map((value) => (
            <label key={String(value)} class="choice">
              <input
                type="radio"
                name={name}
                checked={said.value[name] === value}
                onChange={() => set({ [name]: value })}
              />
              <span>{w(value ? "survey.yes" : "survey.no")}</span>
            </label>
          ))}
        </fieldset>
      ))}
      <fieldset class="choices">
        <legend>{w("survey.impact")}</legend>
        {IMPACTS.map((impact) => (
          <label key={impact} class="choice">
            <input
              type="radio"
              name="impact"
              checked={said.value.impact === impact}
              onChange={() => set({ impact })}
            />
            <span>{code("impact", impact)}</span>
          </label>
        ))}
      </fieldset>
      <label class="choice">
        <input
          type="checkbox"
          checked={said.value.wants_debrief}
          onChange={(event) => set({ wants_debrief: event.currentTarget.checked })}
        />
        <span>{w("survey.debrief")}</span>
      </label>
      <p class="soft">{w("survey.debriefHelp")}</p>
      <label class="field">
        <span>{w("survey.note")}</span>
        <textarea
          rows={3}
          maxLength={2000}
          onChange={(event) => set({ note: event.currentTarget.value })}
        />
      </label>
      {problem.value !== null && <ErrorNote error={problem.value} />}
      <button type="submit" class="button primary large wide">
        {w("survey.send")}
      </button>
      <button
        type="button"
        class="button quiet wide"
        onClick={() => {
          putOff(due.alert_id);
          home();
        }}
      >
        {w("survey.later")}
      </button>
    </form>
  );
}
