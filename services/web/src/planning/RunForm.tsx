/** What to calculate: the few numbers that each kind of run needs, and the button. */
import type { ComponentChildren } from "preact";
import { serverNow } from "@/common/clock";
import { ErrorNote } from "@/ui/Bits";
import { type Asking, asking, type Model, MODELS, parametersOf } from "./asking";
import { calculate, startFailure, starting } from "./runs";
import { detail, draft, nameOf } from "./state";
import { type Kind, POLICIES, type Policy } from "./types";
import { view } from "./view";
import { code, p } from "./words";

type Numbers = {
  [Key in keyof Asking]: Asking[Key] extends number ? Key : never;
}[keyof Asking];

function Field({
  name,
  min,
  max,
  step = 1,
}: {
  name: Numbers;
  min: number;
  max: number;
  step?: number;
}) {
  return (
    <label class="field">
      <span>{code("field", name)}</span>
      <input
        type="number"
        required
        min={min}
        max={max}
        step={step}
        value={asking.value[name]}
        onInput={(event) => {
          const value = event.currentTarget.valueAsNumber;
          if (Number.isFinite(value)) asking.value = { ...asking.value, [name]: value };
        }}
      />
    </label>
  );
}

function Choice<T extends string>({
  label,
  value,
  from,
  say,
  onChoose,
}: {
  label: string;
  value: T;
  from: readonly T[];
  say: (each: T) => string;
  onChoose: (value: T) => void;
}) {
  return (
    <label class="field">
      <span>{label}</span>
      <select value={value} onChange={(event) => onChoose(event.currentTarget.value as T)}>
        {from.map((each) => (
          <option key={each} value={each}>
            {say(each)}
          </option>
        ))}
      </select>
    </label>
  );
}

function Limit() {
  const { limit } = asking.value;
  return (
    <>
      <Choice
        label={p("field.limit")}
        value={limit}
        from={["radius_m", "within_s"] as const}
        say={(each) => code("limit", each)}
        onChoose={(value) => (asking.value = { ...asking.value, limit: value })}
      />
      {limit === "radius_m" ? (
        <Field name="radius_m" min={10} max={200_000} step={10} />
      ) : (
        <Field name="within_s" min={10} max={7_200} step={10} />
      )}
    </>
  );
}

function Policies() {
  const chosen = asking.value.policies;
  const flip = (policy: Policy): void => {
    const next = chosen.includes(policy)
      ? chosen.filter((each) => each !== policy)
      : POLICIES.filter((each) => each === policy || chosen.includes(each));
    if (next.length > 0) asking.value = { ...asking.value, policies: next };
  };
  return (
    <fieldset>
      <legend>{p("field.policies")}</legend>
      {POLICIES.map((each) => (
        <label key={each} class="check">
          <input type="checkbox" checked={chosen.includes(each)} onChange={() => flip(each)} />
          {code("policy", each)}
        </label>
      ))}
    </fieldset>
  );
}

function fieldsOf(kind: Kind): ComponentChildren {
  const { model } = asking.value;
  switch (kind) {
    case "site":
      return (
        <>
          <Choice
            label={p("field.model")}
            value={model}
            from={MODELS}
            say={(each) => code("model", each)}
            onChoose={(value: Model) => (asking.value = { ...asking.value, model: value })}
          />
          {model !== "lscp" && <Field name="p" min={0} max={500} />}
          {model !== "pmedian" && model !== "pcenter" && <Limit />}
          {model === "mexclp" && <Field name="busy" min={0} max={99} />}
        </>
      );
    case "relocate":
      return (
        <>
          <Field name="budget" min={0} max={1e9} step={0.1} />
          <Field name="cost_new" min={0.01} max={1e9} step={0.01} />
          <Field name="cost_move" min={0.01} max={1e9} step={0.01} />
          <Limit />
        </>
      );
    case "simulate":
    case "compare":
      return (
        <>
          <Policies />
          <Field name="days" min={1} max={3_650} />
          <Field name="replications" min={1} max={200} />
          <Field name="seed" min={0} max={2 ** 53} />
        </>
      );
    case "replay":
      return (
        <>
          <Choice
            label={p("field.policy")}
            value={asking.value.policy}
            from={POLICIES}
            say={(each) => code("policy", each)}
            onChoose={(value: Policy) => (asking.value = { ...asking.value, policy: value })}
          />
          <Field name="since_days" min={1} max={3_650} />
        </>
      );
    default:
      return null;
  }
}

/** Why it cannot be started as things stand, or null. */
function obstacle(kind: Kind): string | null {
  if (!detail.value) return p("run.noScenario");
  if (kind === "replay" && view.value.scenario !== "live") return p("run.replayLive");
  if (kind === "replay" && draft.value.length > 0) return p("run.replayChanges");
  if (kind === "compare" && !view.value.other) return p("run.needsOther");
  return null;
}

export function RunForm({ kind }: { kind: Kind }) {
  const why = obstacle(kind);
  const { other, scenario } = view.value;
  return (
    <form
      class="run-form"
      onSubmit={(event) => {
        event.preventDefault();
        void calculate(kind, parametersOf(kind, asking.peek(), serverNow()));
      }}
    >
      <p class="soft">{code("about", kind)}</p>
      <div class="run-fields">{fieldsOf(kind)}</div>
      <p class="soft">
        {draft.value.length > 0 && kind !== "replay"
          ? p("run.ofChanged", { name: nameOf(scenario), count: draft.value.length })
          : p("run.of", { name: nameOf(scenario) })}
        {kind === "compare" && other && ` ${p("run.against", { name: nameOf(other) })}`}
      </p>
      {why !== null && <p class="banner plain">{why}</p>}
      <button type="submit" class="button primary" disabled={why !== null || starting.value}>
        {code("start", kind)}
      </button>
      {startFailure.value != null && <ErrorNote error={startFailure.value} />}
    </form>
  );
}
