/** The planner's page: scenarios and levers, the map, and the number that matters. */
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { signOut } from "@/common/session";
import { t } from "@/i18n";
import { Empty, ErrorNote, LanguageSwitch, ThemeSwitch } from "@/ui/Bits";
import { Changes } from "./Changes";
import { CoverageResult } from "./CoverageResult";
import { Export } from "./Export";
import { Levers } from "./Levers";
import { PlanMap } from "./PlanMap";
import "./planning.css";
import "./charts.css";
import { ReplayResult } from "./ReplayResult";
import { RunForm } from "./RunForm";
import { current, loadRuns, newest, open, runs } from "./runs";
import { RunsList } from "./RunsList";
import { RunFacts, RunState } from "./RunState";
import { Scenarios } from "./Scenarios";
import { SimulationResult } from "./SimulationResult";
import { SitingResult } from "./SitingResult";
import { detailFailure, draft, loadDetail, loadScenarios } from "./state";
import { type Kind, KINDS } from "./types";
import { show, view } from "./view";
import { code, p } from "./words";

export function Planning() {
  useEffect(() => {
    void loadScenarios();
    void loadRuns();
  }, []);
  const { scenario, run, beside, kind, other } = view.value;
  useEffect(() => void loadDetail(scenario), [scenario]);
  useEffect(() => {
    if (run) void open(run);
  }, [run]);
  useEffect(() => {
    if (beside) void open(beside);
  }, [beside]);
  // What was calculated already is shown at once, also for what it is held against.
  const known = runs.value !== null;
  useEffect(() => {
    if (!known) return;
    const ours = run ?? newest(kind, scenario)?.id ?? null;
    const theirs =
      beside ?? (kind === "coverage" && other ? newest(kind, other)?.id : null) ?? null;
    if (ours !== run || theirs !== beside) show({ run: ours, beside: theirs });
  }, [known, kind, scenario, other, run, beside]);
  return (
    <div class="planning">
      <header class="bar">
        <h1>{t("app.planning")}</h1>
        <span class="grow" />
        <a class="button quiet" href="/">
          {t("app.name")}
        </a>
        <LanguageSwitch />
        <ThemeSwitch />
        <button type="button" class="button quiet" onClick={() => void signOut("planning")}>
          {t("action.signOut")}
        </button>
      </header>
      <main>
        <div class="left" role="group" aria-label={p("left.label")}>
          <Scenarios />
          <Levers />
          <Changes />
          {detailFailure.value != null && (
            <ErrorNote error={detailFailure.value} onRetry={() => void loadDetail(scenario)} />
          )}
        </div>
        <PlanMap />
        <div class="right" role="group" aria-label={p("right.label")}>
          <nav aria-label={p("tabs.label")}>
            {KINDS.map((each) => (
              <button
                key={each}
                type="button"
                class="tab"
                {...(each === kind ? { "aria-current": "page" } : {})}
                onClick={() => show({ kind: each, run: null, beside: null })}
              >
                {code("tab", each)}
              </button>
            ))}
          </nav>
          <Result kind={kind} />
        </div>
      </main>
    </div>
  );
}

function Result({ kind }: { kind: Kind }) {
  const run = current.value;
  const done = run?.kind === kind && run.state === "done" && run.result != null;
  return (
    <div class="result">
      {done && (
        <div class="row between">
          <RunFacts run={run} />
          <Export run={run.id} kind={kind} />
        </div>
      )}
      <RunState />
      {done && shown(kind)}
      {!view.value.run && runs.value !== null && (
        <Empty title={code("empty", kind)}>
          {draft.value.length > 0 ? p("empty.changes") : p("empty.help")}
        </Empty>
      )}
      <details class="again" open={!done} key={`${kind} ${String(done)}`}>
        <summary>{code(done ? "again" : "ask", kind)}</summary>
        <RunForm kind={kind} />
      </details>
      <RunsList kind={kind} />
    </div>
  );
}

function shown(kind: Kind): JSX.Element {
  if (kind === "coverage") return <CoverageResult />;
  if (kind === "site" || kind === "relocate") return <SitingResult />;
  if (kind === "replay") return <ReplayResult />;
  return <SimulationResult />;
}
