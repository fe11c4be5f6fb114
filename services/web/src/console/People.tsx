/** Who goes, with what odds and why; and why others do not. */
import { clock, now } from "@/common/clock";
import { Channels } from "./Channels";
import { copies } from "./kept";
import { aedName } from "./registers";
import type { Alert, Opened } from "./types";
import { choiceOf, others, why } from "./why";
import { code, t } from "./words";

const SHAPES: Readonly<Record<string, string>> = { direct: "▲", via_aed: "◆", guide: "■" };
const OVER = new Set(["declined", "withdrawn", "timed_out", "undelivered", "stood_down"]);
const COMING = new Set(["accepted", "aed_collected", "arrived"]);

const rank = (alert: Alert): number =>
  alert.state === "arrived" ? 0 : COMING.has(alert.state) ? 1 : OVER.has(alert.state) ? 3 : 2;

export function People({ opened }: { opened: Opened }) {
  const { incident, plan } = opened;
  const alerts = [...incident.alerts].sort(
    (a, b) =>
      rank(a) - rank(b) ||
      (choiceOf(a).rank ?? 99) - (choiceOf(b).rank ?? 99) ||
      a.sent_at.localeCompare(b.sent_at),
  );
  const on = alerts.filter((alert) => !OVER.has(alert.state));
  const off = alerts.filter((alert) => OVER.has(alert.state));
  return (
    <section class="people">
      <h3>
        {t("people.title")} · {code("tier", "rescuer")}
      </h3>
      {on.length === 0 && <p class="soft">{t("people.none")}</p>}
      <ul>
        {on.map((alert) => (
          <Person key={alert.id} alert={alert} called={incident.opened_at} id={incident.id} />
        ))}
      </ul>
      {(off.length > 0 || plan) && <Others opened={opened} off={off} />}
    </section>
  );
}

function Person({ alert, called, id }: { alert: Alert; called: string; id: string }) {
  const choice = choiceOf(alert);
  const known = copies.value.get(id)?.plan.rescuers.find((one) => one.alert_id === alert.id);
  const tone = alert.state === "arrived" ? "green" : COMING.has(alert.state) ? "blue" : "";
  return (
    <li class={`person ${OVER.has(alert.state) ? "over" : ""}`}>
      <span class={`shape ${tone}`} aria-hidden="true">
        {SHAPES[alert.task] ?? "▲"}
      </span>
      <span class="person-name">
        <strong>{known?.name ?? alert.rescuer_id}</strong>
      </span>
      <span class={`chip ${tone}`}>{code("alert", alert.state)}</span>
      <span class="person-task">
        {alert.aed_id ? t("people.via", { aed: aedName(alert.aed_id) }) : code("task", alert.task)}
      </span>
      <Eta alert={alert} called={called} spread={choice.eta_spread_s} />
      <span class="person-why soft">{why(choice)}</span>
      <Channels alert={alert} called={called} />
    </li>
  );
}

/** When they are expected, counted from the call like every clock here. */
function Eta({
  alert,
  called,
  spread,
}: {
  alert: Alert;
  called: string;
  spread: number | undefined;
}) {
  if (alert.state === "arrived" || alert.eta_s === null || OVER.has(alert.state)) return <span />;
  const at = Date.parse(alert.sent_at) + alert.eta_s * 1000;
  const time = clock((at - Date.parse(called)) / 1000);
  const late = now.value > at + (spread ?? 0) * 1000;
  return (
    <span class={`numbers person-eta ${late ? "amber-text" : ""}`}>
      {spread === undefined
        ? t("people.etaPlain", { time })
        : t("people.eta", { time, spread: clock(spread) })}
    </span>
  );
}

const MOST_NAMED = 40;

function Others({ opened, off }: { opened: Opened; off: readonly Alert[] }) {
  const found = opened.plan ? others(opened.plan.plan) : { named: [], counted: [] };
  const count =
    off.length + found.named.length + found.counted.reduce((sum, each) => sum + each.count, 0);
  if (count === 0) return null;
  return (
    <details class="others">
      <summary>{t("people.others", { count })}</summary>
      <ul>
        {off.map((alert) => (
          <li key={alert.id}>
            <strong>{alert.rescuer_id}</strong> {code("alert", alert.state)}
          </li>
        ))}
        {found.named.slice(0, MOST_NAMED).map((each) => (
          <li key={`${each.kind} ${each.id}`}>
            <strong>{each.kind === "aed" ? `♥ ${aedName(each.id)}` : each.id}</strong> {each.text}{" "}
            <span class="soft">{each.away}</span>
          </li>
        ))}
        {found.counted.map((each) => (
          <li key={each.reason} class="soft">
            {t("people.more", { count: each.count, reason: each.reason })}
          </li>
        ))}
      </ul>
    </details>
  );
}
