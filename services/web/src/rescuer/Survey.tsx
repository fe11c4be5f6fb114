/** How it was and how one is. */
import { useSignal } from "@preact/signals";
import { ErrorNote } from "@/ui/Bits";
import { whenOf } from "./dates";
import { home } from "./route";
import { answerSurvey, dueSurvey, putOff } from "./surveys";
import type { SurveyAnswers } from "./types";
import { code, w } from "./words";

type Question = "arrived" | "reached_patient_before_ambulance" | "cpr" | "shock";
const IMPACTS = ["none", "mild", "moderate", "severe"] as const;

/** What was said so far. */
type Draft = Partial<SurveyAnswers>;

/** The answers as they are sent; who did not get there has done nothing there. */
const whole = (said: Draft): SurveyAnswers => ({
  arrived: said.arrived ?? false,
  cpr: said.arrived === true && said.cpr === true,
  shock: said.arrived === true && said.shock === true,
  reached_patient_before_ambulance:
    said.arrived === true ? (said.reached_patient_before_ambulance ?? null) : null,
  impact: said.impact ?? "none",
  wants_debrief: said.wants_debrief ?? false,
  ...(said.note?.trim() ? { note: said.note.trim() } : {}),
});

export function Survey() {
  const due = dueSurvey.value;
  const said = useSignal<Draft>({});
  const thanked = useSignal<"no" | "yes" | "debrief">("no");
  const problem = useSignal<unknown>(null);
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
  const set = (change: Draft): void => {
    said.value = { ...said.peek(), ...change };
  };
  const send = async (): Promise<void> => {
    problem.value = null;
    try {
      const answers = whole(said.peek());
      await answerSurvey(due.alert_id, answers);
      // Somebody calls as well where it weighs severely; that is said, too.
      thanked.value = answers.wants_debrief || answers.impact === "severe" ? "debrief" : "yes";
    } catch (error) {
      problem.value = error;
    }
  };
  const ask = (name: Question, words: Parameters<typeof w>[0], needed = true) => (
    <fieldset class="yes-no">
      <legend>{w(words)}</legend>
      {[true, false].map((value) => (
        <label key={String(value)} class="choice">
          <input
            type="radio"
            name={name}
            required={needed}
            checked={said.value[name] === value}
            onChange={() => set({ [name]: value })}
          />
          <span>{w(value ? "survey.yes" : "survey.no")}</span>
        </label>
      ))}
    </fieldset>
  );
  return (
    <form
      class="stack"
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      <p>
        {whenOf(due.at)}. {w("survey.lead")}
      </p>
      {ask("arrived", "survey.arrived")}
      {said.value.arrived === true && (
        <>
          {ask("reached_patient_before_ambulance", "survey.before", false)}
          {ask("cpr", "survey.cpr")}
          {ask("shock", "survey.shock")}
        </>
      )}
      <fieldset class="choices">
        <legend>{w("survey.impact")}</legend>
        {IMPACTS.map((impact) => (
          <label key={impact} class="choice">
            <input
              type="radio"
              name="impact"
              required
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
          checked={said.value.wants_debrief === true}
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
