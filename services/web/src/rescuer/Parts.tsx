/** What several screens of the app show. */
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { clock, now } from "@/common/clock";
import { t } from "@/i18n";
import { explain } from "@/ui/Bits";
import { Icon } from "@/ui/Icon";
import { refused, stream, unsent } from "./state";
import type { Task } from "./types";
import { code, w } from "./words";

/** What is written down but has not arrived; and what was refused. */
export function Unsent() {
  const waiting = unsent.value;
  const last = waiting.at(-1);
  const no = refused.value;
  return (
    <div aria-live="polite">
      {last && (
        <p class="strip amber" data-unsent={waiting.length}>
          <Icon name="clock" />
          <span>
            <strong>
              {w("queue.unsent", { count: waiting.length, what: code("step", last.step ?? "") })}
            </strong>{" "}
            {w("queue.unsentHelp")}
          </span>
        </p>
      )}
      {no && (
        <p class="strip red" role="alert">
          <Icon name="alert" />
          <span>
            <strong>{w("queue.refused", { what: code("step", no.step) })}</strong>{" "}
            {explain(no.problem)}
          </span>
        </p>
      )}
    </div>
  );
}

/** Whether the services are heard; nothing while all is well. */
export function Connection() {
  const state = stream.value?.state.value;
  if (!state || state === "live" || state === "connecting") return null;
  const lost = clock((now.value - (stream.value?.heardAt.value ?? 0)) / 1000);
  return (
    <p class="strip amber" role="status">
      <Icon name="alert" />
      <span>
        {state === "refused" ? t("connection.refused") : t("connection.lostSince", { time: lost })}
      </span>
    </p>
  );
}

/** Seconds until an instant, as a running clock; the server's time. */
export const timeUntil = (instant: string): string =>
  clock((new Date(instant).getTime() - now.value) / 1000);

export const secondsUntil = (instant: string): number =>
  (new Date(instant).getTime() - now.value) / 1000;

/** Who else comes: what responders want to know most. */
export function Company({ task }: { task: Task }) {
  const expected = task.ambulance_expected_at;
  return (
    <ul class="company">
      <li>
        <Icon name="person" />
        {w("alert.others", { count: task.others_coming })}
      </li>
      <li>
        <Icon name="ambulance" />
        <span class="numbers">
          {!expected
            ? w("alert.noAmbulance")
            : secondsUntil(expected) > 0
              ? w("alert.ambulance", { time: timeUntil(expected) })
              : w("alert.ambulanceNow")}
        </span>
      </li>
    </ul>
  );
}

/** The emergency number; dialled by the phone, so it works without our services. */
export function Call120() {
  return (
    <a class="button large wide" href="tel:120">
      <Icon name="phone" />
      {w("task.call")}
    </a>
  );
}

/** Does something for as long as the screen is there. */
export function useWhile(begin: () => () => void, key = ""): void {
  const latest = useRef(begin);
  latest.current = begin;
  useEffect(() => latest.current(), [key]);
}

/** A floor as people here say it. */
export function floorWords(floor: number | null | undefined): string | null {
  if (floor === null || floor === undefined) return null;
  if (floor === 0) return w("floor.ground");
  if (floor < 0) return w("floor.down", { floor: -floor });
  return w("floor.up", { floor, label: floor + 1 });
}

export function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div class="fact">
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
