/** Sends commands: pending until the server tells of them, undone rather than asked twice. */
import { dispatch } from "@/common/api";
import { serverNow } from "@/common/clock";
import { Problem } from "@/common/problem";
import { explain } from "@/ui/Bits";
import { refreshList, refreshOpened } from "./feed";
import { hold } from "./presence";
import * as state from "./state";
import type { Incident, PlaceCorrection } from "./types";
import { t } from "./words";

const TOAST_MS = 12_000;

export function toast(text: string, options: { bad?: boolean; undo?: () => void } = {}): void {
  const number = state.nextNumber();
  state.toasts.value = [
    ...state.toasts.value.slice(-3),
    { number, text, bad: options.bad ?? false, undo: options.undo ?? null },
  ];
  setTimeout(() => dismiss(number), TOAST_MS);
}

export function dismiss(number: number): void {
  state.toasts.value = state.toasts.value.filter((each) => each.number !== number);
}

/** Takes back what the newest message offers to take back. */
export function undoLast(): void {
  const last = state.toasts.value.findLast((each) => each.undo !== null);
  if (!last) return;
  dismiss(last.number);
  last.undo?.();
}

/**
 * Carries a command out. It is shown as pending at once; whoever commands an incident that nobody
 * holds, holds it from then on.
 */
export async function command(
  incident: string,
  what: string,
  send: () => Promise<unknown>,
  undo?: () => void,
): Promise<boolean> {
  const mine = {
    number: state.nextNumber(),
    incident,
    what,
    since: serverNow(),
  };
  state.pending.value = [...state.pending.value, mine];
  try {
    await send();
    if (undo) toast(t("undo.done", { what }), { undo });
    if (!state.attention.value.get(incident)?.holder) void hold(incident).catch(() => undefined);
    return true;
  } catch (error) {
    state.pending.value = state.pending.value.filter((each) => each.number !== mine.number);
    const held = error instanceof Problem && error.kind === "held-by-another";
    const holder = state.heldByOther(incident);
    const why = held && holder ? t("held.other", { name: state.nameOf(holder) }) : explain(error);
    toast(t("toast.failed", { why }), { bad: true });
    return false;
  } finally {
    refreshList();
    refreshOpened();
  }
}

const at = (id: string) => ({ params: { path: { incident_id: id } } });

/** A command with nothing but its name. */
export type Plain =
  | "activate"
  | "widen"
  | "not-an-arrest"
  | "bystander-cpr"
  | "split"
  | "different-patient"
  | "close";

export const plain = (id: string, name: Plain): Promise<unknown> =>
  dispatch.POST(`/incidents/{incident_id}/${name}`, at(id));

export const because = (id: string, name: "call-off" | "cancel", reason: string) =>
  dispatch.POST(`/incidents/{incident_id}/${name}`, {
    ...at(id),
    body: reason ? { because: reason } : {},
  });

export const addUnit = (id: string, unit: string) =>
  dispatch.POST("/incidents/{incident_id}/units", { ...at(id), body: { unit_id: unit } });

export const callBack = (order: string) =>
  dispatch.POST("/orders/{order_id}/cancel", { params: { path: { order_id: order } }, body: {} });

/** Orders a unit by hand; calling it back undoes it. */
export function orderUnit(incident: string, unit: string): void {
  void command(
    incident,
    `${t("action.unit")} ${unit}`,
    () => addUnit(incident, unit),
    () => {
      const sent = state.opened.value?.incident.orders.find((each) => each.unit_id === unit);
      if (sent) void command(incident, t("units.callBack"), () => callBack(sent.id));
    },
  );
}

export const note = (id: string, text: string) =>
  dispatch.POST("/incidents/{incident_id}/notes", { ...at(id), body: { text } });

export const merge = (id: string, into: string) =>
  dispatch.POST("/incidents/{incident_id}/merge", { ...at(id), body: { into } });

export const telephoneCpr = (id: string, step: string) =>
  dispatch.POST("/incidents/{incident_id}/telephone-cpr", { ...at(id), body: { step } });

/** Corrections name the version that they are based on: what another changed is not overwritten. */
const match = (incident: Incident) => ({
  params: {
    path: { incident_id: incident.id },
    header: { "If-Match": `"${incident.version}"` },
  },
});

export const correctPlace = (incident: Incident, body: PlaceCorrection) =>
  dispatch.POST("/incidents/{incident_id}/place", { ...match(incident), body });

export const correctAnswers = (
  incident: Incident,
  body: {
    conscious?: boolean | null;
    breathing_normally?: boolean | null;
    gates?: Incident["gates"];
  },
) => dispatch.POST("/incidents/{incident_id}/answers", { ...match(incident), body });
