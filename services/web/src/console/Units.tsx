/** The units that were ordered, and what has become of each order. */
import { clock, now } from "@/common/clock";
import { addUnit, callBack, command } from "./commands";
import { stationName } from "./registers";
import type { Opened, Order } from "./types";
import { code, t } from "./words";

const ON_THE_WAY = new Set(["notified", "acknowledged", "mobile"]);
const THERE = new Set(["on_scene", "at_patient"]);

export function Units({ opened: { incident } }: { opened: Opened }) {
  const orders = [...incident.orders].sort(
    (a, b) =>
      Number(a.ended_at !== null) - Number(b.ended_at !== null) ||
      a.notified_at.localeCompare(b.notified_at),
  );
  return (
    <section class="units">
      <h3>{t("units.title")}</h3>
      {orders.length === 0 && <p class="soft">{t("units.none")}</p>}
      <ul>
        {orders.map((order) => (
          <UnitLine key={order.id} order={order} called={incident.opened_at} />
        ))}
      </ul>
    </section>
  );
}

function UnitLine({ order, called }: { order: Order; called: string }) {
  const on = ON_THE_WAY.has(order.state);
  const overdue = order.state === "notified" && Date.parse(order.acknowledge_by) < now.value + 25e3;
  const tone = THERE.has(order.state) ? "green" : overdue ? "amber" : "";
  const at =
    order.eta_s === null
      ? null
      : (Date.parse(order.notified_at) + order.eta_s * 1000 - Date.parse(called)) / 1000;
  return (
    <li class={`person ${order.ended_at ? "over" : ""}`}>
      <span class="shape" aria-hidden="true">
        ✚
      </span>
      <span class="person-name">
        <strong>{order.unit_id}</strong>
        <span class="soft">
          {" "}
          {code("unit", order.kind)} · {code("tier", order.tier)}
        </span>
      </span>
      <span class={`chip ${tone}`}>{code("order", order.state)}</span>
      <span class="person-task">{stationName(order.station_id)}</span>
      <span class="numbers person-eta">
        {on && at !== null ? t("people.etaPlain", { time: clock(at) }) : ""}
      </span>
      {on && (
        <button
          type="button"
          class="button small person-why"
          onClick={() =>
            void command(
              order.incident_id,
              `${t("units.callBack")} ${order.unit_id}`,
              () => callBack(order.id),
              () =>
                void command(order.incident_id, order.unit_id, () =>
                  addUnit(order.incident_id, order.unit_id),
                ),
            )
          }
        >
          {t("units.callBack")}
        </button>
      )}
    </li>
  );
}
