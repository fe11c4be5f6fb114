/** One job: where, how long ago, and the one next thing to say. */
import { clock, now, secondsSince } from "@/common/clock";
import { Since } from "@/ui/Bits";
import { NEXT, type Order, pending, takeStep } from "./state";
import { code, s } from "./words";

export function OrderCard({ order }: { order: Order }) {
  const steps = NEXT[order.state] ?? [];
  const leftS = (Date.parse(order.acknowledge_by) - now.value) / 1000;
  const waiting = order.state === "notified";
  const details = order.details;
  const where = [details?.address, details?.building, details?.unit].filter(Boolean).join(" · ");
  return (
    <article class={`panel job ${waiting ? "waits" : ""}`} aria-labelledby={`job-${order.id}`}>
      <header>
        <h3 id={`job-${order.id}`}>
          {code("kind", order.kind)} {order.unit_id}
        </h3>
        <span class={`chip ${waiting ? "red" : ""}`}>{code("state", order.state)}</span>
        <Since instant={order.notified_at} class="big" />
      </header>
      {waiting && (
        <p class={leftS > 0 ? "due" : "due late"} role="status">
          {leftS > 0 ? s("order.acknowledgeBy", { time: clock(leftS) }) : s("order.late")}
        </p>
      )}
      <dl>
        <dt>{s("order.address")}</dt>
        <dd>
          <strong>{where || s("order.noAddress")}</strong>{" "}
          {details?.floor != null && <span>{s("order.floor", { floor: details.floor })} </span>}
          {details?.door_code && <span>{s("order.door", { code: details.door_code })}</span>}
          {order.place && (
            <span class="numbers soft">
              {s("order.map", {
                latitude: order.place.latitude.toFixed(5),
                longitude: order.place.longitude.toFixed(5),
              })}
            </span>
          )}
        </dd>
        {(details?.seen || details?.patient_age != null) && (
          <>
            <dt>{s("order.seen")}</dt>
            <dd>
              {details.seen}{" "}
              {details.patient_age != null && s("order.age", { age: details.patient_age })}
            </dd>
          </>
        )}
      </dl>
      <footer>
        {steps.map((step, position) => (
          <button
            key={step}
            type="button"
            class={`button large ${position === 0 ? (waiting ? "danger" : "primary") : ""}`}
            disabled={pending.value.has(order.id)}
            onClick={() => void takeStep(order, step)}
          >
            {pending.value.has(order.id) ? s("sending") : code("step", step)}
          </button>
        ))}
        {order.eta_s != null && secondsSince(order.notified_at) < order.eta_s && (
          <span class="soft">{s("order.eta", { time: clock(order.eta_s) })}</span>
        )}
      </footer>
    </article>
  );
}
