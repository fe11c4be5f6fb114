/** The buttons of an incident, each with its key; the rarer ones fold. */
import { ACTIONS, actionOf, keyLabel } from "./actions";
import { form, heldByOther } from "./state";
import type { Opened } from "./types";
import { t } from "./words";

const FIRST = ["activate", "callOff", "widen", "unit", "telephone", "bystander", "note", "details"];
const CALLED_OFF_FIRST = "activate";
const DANGEROUS = new Set(["cancel", "close"]);
const OPENS: Readonly<Record<string, string>> = {
  unit: "unit",
  telephone: "telephone",
  note: "note",
  details: "details",
  place: "place",
  answers: "answers",
  link: "link",
  merge: "merge",
  close: "close",
  cancel: "cancel",
};

export function Actions({ opened: { incident } }: { opened: Opened }) {
  if (incident.state === "closed" || incident.state === "merged") return null;
  const activated = incident.state === "activated";
  // Of two that exclude each other only the one that can be done is shown among the first.
  const first = FIRST.filter((id) => id !== (activated ? CALLED_OFF_FIRST : "callOff"));
  const more = ACTIONS.filter(
    (each) => each.ofIncident && !FIRST.includes(each.id) && each.id !== "hold",
  ).map((each) => each.id);
  return (
    <section class="actions" aria-label={t("actions.title")}>
      <div class="buttons">
        {first.map((id) => (
          <ActionButton key={id} id={id} />
        ))}
      </div>
      <details>
        <summary>{t("actions.more")}</summary>
        <div class="buttons">
          {more.map((id) => (
            <ActionButton key={id} id={id} />
          ))}
        </div>
      </details>
    </section>
  );
}

export function ActionButton({ id }: { id: string }) {
  const action = actionOf(id);
  const opensForm = OPENS[id];
  const key = action.keys[0] ?? "";
  return (
    <button
      type="button"
      class={`button ${DANGEROUS.has(id) ? "careful" : ""}`}
      disabled={!action.can()}
      onClick={action.run}
      {...(opensForm ? { "aria-expanded": form.value === opensForm } : {})}
    >
      {t(action.label)} <kbd>{keyLabel(key)}</kbd>
    </button>
  );
}

/** Whether this console may command: nobody else holds the incident. */
export const mayCommand = (id: string): boolean => heldByOther(id) === null;
