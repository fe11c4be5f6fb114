/** The plans as they are phoned out: from the copies kept here, so also without a connection. */
import { useState } from "preact/hooks";
import { clock, now } from "@/common/clock";
import { dateTime, t as common, timeOfDay } from "@/i18n";
import { Icon } from "@/ui/Icon";
import { type Copy, copies } from "./kept";
import { coordinates, labelOfDetails } from "./labels";
import { stations } from "./registers";
import * as state from "./state";
import type { PhonePlan } from "./types";
import { code, t } from "./words";

export function PhonePlans() {
  const [all, setAll] = useState(state.selected.value === null);
  const kept = [...copies.value].filter(([id]) => all || id === state.selected.value);
  return (
    <div class="sheet phone" role="dialog" aria-label={t("phone.title")}>
      <div class="phone-head">
        <h2>{t("phone.title")}</h2>
        <div class="buttons">
          <button
            type="button"
            class={`button ${all ? "on" : ""}`}
            aria-pressed={all}
            onClick={() => setAll(!all)}
          >
            {t(all ? "phone.all" : "phone.here")}
          </button>
          <button type="button" class="button primary" onClick={() => window.print()}>
            <Icon name="print" /> {t("phone.print")}
          </button>
          <button
            type="button"
            class="button"
            onClick={() => {
              state.sheet.value = null;
            }}
          >
            {common("action.close")} <kbd>Esc</kbd>
          </button>
        </div>
      </div>
      {kept.length === 0 && <p class="soft">{t("phone.none")}</p>}
      {kept.map(([id, copy]) => (
        <OnePlan key={id} copy={copy} />
      ))}
    </div>
  );
}

function OnePlan({ copy: { plan, at } }: { copy: Copy }) {
  const { details } = plan;
  const access = [details.unit, details.door_code, details.seen].filter(Boolean).join(" · ");
  return (
    <article class="phone-plan">
      <h3>
        {labelOfDetails(plan.place, details)}{" "}
        <span class="soft numbers">{coordinates(plan.place)} (WGS-84)</span>
      </h3>
      {access && <p>{access}</p>}
      <p class="soft">
        {dateTime(plan.opened_at)} · {plan.incident_id.slice(-6)} ·{" "}
        {t("phone.keptAt", { time: timeOfDay(new Date(at)) })}
        <span class="on-screen"> {t("phone.kept", { age: clock((now.value - at) / 1000) })}</span>
        {plan.caller_phones.length > 0 && (
          <>
            {" "}
            · {t("phone.caller")} <strong class="numbers">{plan.caller_phones.join(", ")}</strong>
          </>
        )}
      </p>
      {plan.contacts === "register_away" && <p class="amber-text">{t("phone.noNumbers")}</p>}
      {plan.units.length + plan.rescuers.length === 0 && <p>{t("phone.nobody")}</p>}
      <table hidden={plan.units.length + plan.rescuers.length === 0}>
        <caption class="visually-hidden">{t("phone.order")}</caption>
        <thead>
          <tr>
            <th scope="col">#</th>
            <th scope="col">{t("phone.who")}</th>
            <th scope="col">{t("phone.number")}</th>
            <th scope="col">{t("phone.task")}</th>
            <th scope="col">{t("phone.expected")}</th>
            <th scope="col">{t("phone.state")}</th>
            <th scope="col" class="on-paper">
              {t("phone.called")}
            </th>
          </tr>
        </thead>
        <tbody>
          <Lines plan={plan} />
        </tbody>
      </table>
    </article>
  );
}

function Lines({ plan }: { plan: PhonePlan }) {
  const units = plan.units.map((unit) => ({
    key: unit.order_id,
    waits: unit.to_be_phoned,
    who: unit.station_name ?? unit.station_id,
    id: unit.unit_id,
    phone: stations.value.get(unit.station_id)?.phone ?? null,
    task: code("unit", unit.kind),
    expected: unit.expected_at ?? null,
    state: code("order", unit.state),
  }));
  const people = plan.rescuers.map((one) => ({
    key: one.alert_id,
    waits: one.to_be_phoned,
    who: one.name ?? "",
    id: one.rescuer_id,
    phone: one.phone,
    task: taskOf(one),
    expected: one.expected_at ?? null,
    state: code("alert", one.state),
  }));
  // Who has to be called comes first: crews that have not answered, then people, then the rest.
  const lines = [...units, ...people].sort((a, b) => Number(b.waits) - Number(a.waits));
  return (
    <>
      {lines.map((line, index) => (
        <tr key={line.key} class={line.waits ? "waits" : ""}>
          <td>{index + 1}</td>
          <td>
            {line.who} <span class="phone-id soft">{line.id}</span>
          </td>
          <td class="numbers phone-number">{line.phone ?? t("phone.noNumber")}</td>
          <td>{line.task}</td>
          <td class="numbers">{line.expected ? timeOfDay(line.expected) : ""}</td>
          <td>{line.state}</td>
          <td class="on-paper" />
        </tr>
      ))}
    </>
  );
}

function taskOf(one: PhonePlan["rescuers"][number]): string {
  const { aed } = one;
  if (!aed) return code("task", one.task);
  const where = [
    aed.name ?? aed.id,
    aed.placement,
    aed.floor === null ? null : t("incident.floor", { floor: aed.floor }),
    aed.code_required
      ? aed.code
        ? t("phone.code", { code: aed.code })
        : t("phone.askCode")
      : null,
  ];
  return `${code("task", one.task)}: ${where.filter(Boolean).join(", ")}`;
}
