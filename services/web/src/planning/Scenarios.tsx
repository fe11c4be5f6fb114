/** Which scenario is looked at, and which it is held against. */
import { signal } from "@preact/signals";
import { dateTime, number } from "@/i18n";
import { Empty, ErrorNote, explain, Skeleton } from "@/ui/Bits";
import { deleteScenario } from "./api";
import { detail, draft, loadScenarios, scenarios, scenariosFailure, titleOf } from "./state";
import type { Scenario } from "./types";
import { show, view } from "./view";
import { code, p } from "./words";

const failure = signal<unknown>(null);
const deleting = signal<string | null>(null);

export function Scenarios() {
  const list = scenarios.value;
  return (
    <section aria-labelledby="scenarios-title">
      <h2 id="scenarios-title">{p("scenarios.title")}</h2>
      {scenariosFailure.value != null && (
        <ErrorNote error={scenariosFailure.value} onRetry={() => void loadScenarios()} />
      )}
      {list === null && scenariosFailure.value == null && <Skeleton lines={4} />}
      {list?.length === 0 && <Empty title={p("scenarios.none")}>{p("scenarios.noneHelp")}</Empty>}
      <ul class="scenarios">
        {(list ?? []).map((each) => (
          <Row key={each.id} scenario={each} />
        ))}
      </ul>
      {failure.value != null && (
        <p class="error" role="alert">
          {explain(failure.value)}
        </p>
      )}
      <label class="field">
        <span>{p("scenarios.other")}</span>
        <select
          value={view.value.other ?? ""}
          onChange={(event) => show({ other: event.currentTarget.value || null, beside: null })}
        >
          <option value="">
            {p(draft.value.length > 0 ? "scenarios.itself" : "scenarios.alone")}
          </option>
          {(list ?? [])
            .filter((each) => each.id !== view.value.scenario)
            .map((each) => (
              <option key={each.id} value={each.id}>
                {titleOf(each)}
              </option>
            ))}
        </select>
      </label>
    </section>
  );
}

function Row({ scenario }: { scenario: Scenario }) {
  const here = view.value.scenario === scenario.id;
  const counts = scenario.counts;
  return (
    <li class={here ? "here" : ""}>
      <button
        type="button"
        class="button quiet"
        {...(here ? { "aria-current": "true" } : {})}
        onClick={() => show({ scenario: scenario.id, run: null, beside: null })}
      >
        <strong>{titleOf(scenario)}</strong>
        <span class="soft">
          {code("source", scenario.source)}
          {(scenario.changes ?? 0) > 0 &&
            ` · ${p("scenarios.changes", { count: scenario.changes ?? 0 })}`}
          {counts && ` · ${p("scenarios.counts", { aeds: number(counts.aeds) })}`}
        </span>
      </button>
      {here && <Facts scenario={scenario} />}
    </li>
  );
}

function Facts({ scenario }: { scenario: Scenario }) {
  const counts = scenario.counts;
  const at = detail.value?.snapshot_at;
  return (
    <div class="facts soft">
      {counts && (
        <p>
          {p("scenarios.people", {
            rescuers: number(counts.rescuers),
            stations: number(counts.stations),
            units: number(counts.units),
          })}
        </p>
      )}
      {at && <p>{p("scenarios.asOf", { time: dateTime(at) })}</p>}
      {scenario.note && scenario.source === "saved" && <p>{scenario.note}</p>}
      {scenario.source === "saved" && <Delete id={scenario.id} />}
    </div>
  );
}

/** Deleting cannot be undone: it is asked once, in place. */
function Delete({ id }: { id: string }) {
  const remove = async (): Promise<void> => {
    failure.value = null;
    try {
      await deleteScenario(id);
      show({ scenario: "live", run: null, beside: null });
      await loadScenarios();
    } catch (error) {
      failure.value = error;
    } finally {
      deleting.value = null;
    }
  };
  if (deleting.value !== id) {
    return (
      <button type="button" class="button" onClick={() => (deleting.value = id)}>
        {p("scenarios.delete")}
      </button>
    );
  }
  return (
    <p class="row">
      <button type="button" class="button danger" onClick={() => void remove()}>
        {p("scenarios.deleteReally")}
      </button>
      <button type="button" class="button" onClick={() => (deleting.value = null)}>
        {p("scenarios.keep")}
      </button>
    </p>
  );
}
