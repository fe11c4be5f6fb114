/** What is changed here, with undo; calculated on a button, saved under a name. */
import { signal } from "@preact/signals";
import { Icon } from "@/ui/Icon";
import { ErrorNote } from "@/ui/Bits";
import { changeScenario, makeScenario } from "./api";
import { COVERAGE } from "./asking";
import { calculate, starting } from "./runs";
import {
  canRedo,
  canUndo,
  clearChanges,
  detail,
  draft,
  dropChange,
  edited,
  etag,
  forgetChanges,
  loadScenarios,
  redo,
  undo,
} from "./state";
import { goal } from "./tools";
import type { Change } from "./types";
import { show } from "./view";
import { code, p } from "./words";

const failure = signal<unknown>(null);
const saved = signal<string | null>(null);
const saving = signal(false);

/** The place's own name, wherever it is registered or thought up. */
function subject(change: Change): string {
  if (change.kind === "add_recruits") {
    return p("change.recruits", { count: change.count, radius: change.radius_m });
  }
  const all = [...edited.value.aeds, ...edited.value.stations];
  const name = all.find(({ site }) => site.id === change.id)?.site.name;
  const known = ("name" in change ? change.name : name) ?? name ?? change.id;
  return change.kind === "set_hours"
    ? `${known} · ${change.hours ?? p("picked.hoursUnknown")}`
    : known;
}

function placeOf(change: Change): { latitude: number; longitude: number } | null {
  if ("latitude" in change) return change;
  const all = [...edited.value.aeds, ...edited.value.stations];
  return all.find(({ site }) => site.id === change.id)?.site ?? null;
}

export function Changes() {
  const list = draft.value;
  return (
    <section aria-labelledby="changes-title">
      <h2 id="changes-title">
        {p("changes.title")} {list.length > 0 && <span class="numbers soft">{list.length}</span>}
      </h2>
      {list.length === 0 ? (
        <p class="soft">{p("changes.none")}</p>
      ) : (
        <ol class="changes">
          {list.map((change, at) => (
            <li key={`${change.kind} ${at}`}>
              <button
                type="button"
                class="button quiet"
                onClick={() => {
                  const place = placeOf(change);
                  if (place) goal.value = { place, zoom: 13 };
                }}
              >
                <strong>{code("change", change.kind)}</strong>
                <span class="soft">{subject(change)}</span>
              </button>
              <button type="button" class="button quiet" onClick={() => dropChange(at)}>
                <Icon name="cross" label={p("changes.drop", { what: subject(change) })} />
              </button>
            </li>
          ))}
        </ol>
      )}
      <p class="row">
        <button type="button" class="button" disabled={!canUndo.value} onClick={undo}>
          {p("edit.undo")}
        </button>
        <button type="button" class="button" disabled={!canRedo.value} onClick={redo}>
          {p("edit.redo")}
        </button>
        {list.length > 0 && (
          <button type="button" class="button" onClick={clearChanges}>
            {p("changes.clear")}
          </button>
        )}
      </p>
      {list.length > 0 && (
        <button
          type="button"
          class="button primary"
          disabled={starting.value}
          onClick={() => void calculate("coverage", COVERAGE)}
        >
          {p("changes.calculate")}
        </button>
      )}
      <p role="status" class="soft">
        {saved.value !== null && list.length === 0 && p("changes.saved", { name: saved.value })}
      </p>
      {failure.value != null && <ErrorNote error={failure.value} />}
      {list.length > 0 && <Save />}
    </section>
  );
}

async function save(name: string, over: boolean): Promise<void> {
  const at = detail.peek();
  if (!at) return;
  failure.value = null;
  saving.value = true;
  try {
    const changes = draft.peek();
    const made = over
      ? await changeScenario(
          at.id,
          {
            name: name || at.name,
            based_on: at.based_on ?? at.id,
            changes: [...at.changes, ...changes],
            ...(at.note ? { note: at.note } : {}),
          },
          etag.peek(),
        )
      : await makeScenario({ name, based_on: at.id, changes });
    forgetChanges();
    saved.value = made.name;
    await loadScenarios();
    show({ scenario: made.id });
  } catch (error) {
    failure.value = error;
  } finally {
    saving.value = false;
  }
}

function Save() {
  const mine = detail.value?.source === "saved";
  return (
    <form
      class="save"
      onSubmit={(event) => {
        event.preventDefault();
        const name = new FormData(event.currentTarget).get("name");
        const over = event.submitter?.dataset["over"] === "yes";
        void save(typeof name === "string" ? name.trim() : "", over);
      }}
    >
      <label class="field">
        <span>{p("changes.name")}</span>
        <input name="name" required={!mine} maxLength={200} autocomplete="off" />
      </label>
      <p class="row">
        <button type="submit" class="button" disabled={saving.value}>
          {p("changes.save")}
        </button>
        {mine && (
          <button
            type="submit"
            class="button"
            data-over="yes"
            formNoValidate
            disabled={saving.value}
          >
            {p("changes.saveOver")}
          </button>
        )}
      </p>
    </form>
  );
}
