/** One unit: what it does, and what may be said of it in one tap. */
import { clock, now, secondsSince } from "@/common/clock";
import { active, pending, SETTABLE, setState, type Unit } from "./state";
import { code, s } from "./words";

export function UnitRow({ unit }: { unit: Unit }) {
  const onJob = active.value.some((order) => order.unit_id === unit.id);
  const since = clock(secondsSince(unit.state_at, now.value));
  return (
    <li class="panel unit">
      <div>
        <strong>{unit.id}</strong>
        <span class="soft">
          {code("kind", unit.kind)} · {code("mode", unit.mode)} ·{" "}
          {unit.capabilities.map((each) => each.toUpperCase()).join(", ")}
        </span>
        <span class="soft">
          {unit.crew.map((member) => member.name ?? code("role", member.role)).join(", ")}
        </span>
      </div>
      <p>
        <strong>{code("state", unit.state)}</strong>{" "}
        <span class="soft numbers">{s("unit.since", { time: since })}</span>
      </p>
      <div class="choices" role="group" aria-label={unit.id}>
        {SETTABLE.map((state) => (
          <button
            key={state}
            type="button"
            class={`button ${unit.state === state ? "primary" : ""}`}
            aria-pressed={unit.state === state}
            disabled={pending.value.has(unit.id) || (onJob && state !== "out_of_service")}
            onClick={() => void setState(unit, state)}
          >
            {code("set", state)}
          </button>
        ))}
      </div>
    </li>
  );
}
