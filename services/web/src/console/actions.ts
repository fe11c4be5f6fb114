/** Every action with its key: buttons, the keyboard, the command line and the sheet read this. */
import { because, command, merge, plain, type Plain, undoLast } from "./commands";
import { hold, letGo } from "./presence";
import { chooseSound, soundOn } from "./sound";
import * as state from "./state";
import type { Incident } from "./types";
import { type ConsoleKey, t } from "./words";

export interface Action {
  readonly id: string;
  /** As `KeyboardEvent.key` tells it, in lower case; `shift+` before it where needed. */
  readonly keys: readonly string[];
  readonly label: ConsoleKey;
  /** Whether it can be done now. */
  readonly can: () => boolean;
  readonly run: () => void;
  /** Of an incident, as opposed to the console. */
  readonly ofIncident?: boolean;
}

export function openIncident(id: string | null): void {
  state.panel.value = "incident";
  state.form.value = null;
  if (state.selected.value === id) return;
  state.shown.value = null;
  state.opened.value = null;
  state.openError.value = null;
  state.selected.value = id;
  state.alarms.value = state.alarms.value.filter((each) => each.incident !== id);
}

function move(by: number): void {
  const ids = state.order.value;
  if (ids.length === 0) return;
  const index = state.selected.value ? ids.indexOf(state.selected.value) : -1;
  const next = index < 0 ? (by > 0 ? 0 : ids.length - 1) : index + by;
  openIncident(ids[Math.max(0, Math.min(ids.length - 1, next))] ?? null);
}

const here = (): Incident | null =>
  state.panel.value === "incident" ? (state.opened.value?.incident ?? null) : null;
const goesOn = (): boolean => {
  const incident = here();
  return incident !== null && incident.state !== "closed" && incident.state !== "merged";
};

function simply(label: ConsoleKey, name: Plain, undo?: Plain): () => void {
  return () => {
    const incident = here();
    if (!incident) return;
    const takeBack = undo
      ? () => void command(incident.id, t("action.undo"), () => plain(incident.id, undo))
      : undefined;
    void command(incident.id, t(label), () => plain(incident.id, name), takeBack);
  };
}

const opens = (form: state.Form) => () => {
  state.form.value = state.form.value === form ? null : form;
};

export function callOff(): void {
  const incident = here();
  if (!incident) return;
  void command(
    incident.id,
    t("action.callOff"),
    () => because(incident.id, "call-off", ""),
    () => void command(incident.id, t("action.undo"), () => plain(incident.id, "activate")),
  );
}

export function holdOrTakeOver(): void {
  const incident = here();
  if (!incident) return;
  if (state.attention.value.get(incident.id)?.holder === state.me.value) letGo(incident.id);
  else void hold(incident.id, true).catch(() => undefined);
}

export function mergeInto(id: string, into: string): void {
  void command(
    id,
    t("action.merge"),
    () => merge(id, into),
    () => void command(id, t("merged.split"), () => plain(id, "split")),
  ).then((done) => {
    if (done) openIncident(into);
  });
}

/** The one that is offered as the same patient; where there is no such one, a choice. */
function mergeOrChoose(): void {
  const incident = here();
  const offered = incident?.same_patient.filter((each) => each.decision === null) ?? [];
  const only = offered[0];
  if (incident && only && offered.length === 1) mergeInto(incident.id, only.incident_id);
  else opens("merge")();
}

const always = (): boolean => true;
const one = (
  id: string,
  key: string,
  label: ConsoleKey,
  run: () => void,
  can: () => boolean = goesOn,
): Action => ({ id, keys: [key], label, can, run, ofIncident: true });

export const ACTIONS: readonly Action[] = [
  {
    id: "new",
    keys: ["n"],
    label: "action.new",
    can: always,
    run: () => {
      state.panel.value = "intake";
    },
  },
  {
    id: "commands",
    keys: ["/", "ctrl+k"],
    label: "action.commands",
    can: always,
    run: () => {
      state.sheet.value = "commands";
    },
  },
  {
    id: "sheet",
    keys: ["?"],
    label: "action.sheet",
    can: always,
    run: () => {
      state.sheet.value = state.sheet.value === "shortcuts" ? null : "shortcuts";
    },
  },
  { id: "next", keys: ["j", "arrowdown"], label: "action.next", can: always, run: () => move(1) },
  {
    id: "previous",
    keys: ["k", "arrowup"],
    label: "action.previous",
    can: always,
    run: () => move(-1),
  },
  {
    id: "leave",
    keys: ["escape"],
    label: "action.leave",
    can: always,
    run: () => {
      if (state.sheet.value) state.sheet.value = null;
      else if (state.form.value) state.form.value = null;
      else if (state.shown.value) state.shown.value = null;
      else if (state.panel.value !== "incident") state.panel.value = "incident";
      else openIncident(null);
    },
  },
  { id: "undo", keys: ["z"], label: "action.undo", can: always, run: undoLast },
  one("activate", "a", "action.activate", simply("action.activate", "activate")),
  one("callOff", "o", "action.callOff", callOff),
  one("widen", "w", "action.widen", simply("action.widen", "widen")),
  one("unit", "u", "action.unit", opens("unit")),
  one("place", "p", "action.place", opens("place")),
  one("answers", "e", "action.answers", opens("answers")),
  one("details", "d", "action.details", opens("details")),
  one("bystander", "b", "action.bystander", simply("action.bystander", "bystander-cpr")),
  one("telephone", "c", "action.telephone", opens("telephone")),
  one("note", "r", "action.note", opens("note"), () => here() !== null),
  one("link", "l", "action.link", opens("link")),
  one("merge", "m", "action.merge", mergeOrChoose),
  one("different", "f", "action.different", simply("action.different", "different-patient")),
  one(
    "notArrest",
    "i",
    "action.notArrest",
    simply("action.notArrest", "not-an-arrest", "activate"),
  ),
  one("hold", "t", "action.hold", holdOrTakeOver),
  one("close", "x", "action.close", opens("close")),
  one("cancel", "shift+x", "action.cancel", opens("cancel")),
  {
    id: "phone",
    keys: ["h"],
    label: "action.phone",
    can: always,
    run: () => {
      state.sheet.value = "phone";
    },
  },
  {
    id: "relocation",
    keys: ["g"],
    label: "action.relocation",
    can: always,
    run: () => {
      state.panel.value = state.panel.value === "relocation" ? "incident" : "relocation";
    },
  },
  {
    id: "aftercare",
    keys: ["v"],
    label: "action.aftercare",
    can: always,
    run: () => {
      state.panel.value = state.panel.value === "aftercare" ? "incident" : "aftercare";
    },
  },
  {
    id: "sound",
    keys: ["s"],
    label: "action.sound",
    can: always,
    run: () => chooseSound(!soundOn.value),
  },
];

export const actionOf = (id: string): Action => {
  const found = ACTIONS.find((each) => each.id === id);
  if (!found) throw new Error(`no action ${id}`);
  return found;
};

/** How a key is written on buttons and the sheet. */
export function keyLabel(key: string): string {
  const names: Record<string, string> = {
    escape: "Esc",
    arrowdown: "↓",
    arrowup: "↑",
    enter: "Enter",
  };
  return key
    .split("+")
    .map((part) => names[part] ?? part.charAt(0).toUpperCase() + part.slice(1))
    .join(" ");
}

/** What a key press is called in {@link Action.keys}; null inside of text fields. */
export function pressed(event: KeyboardEvent): string | null {
  const target = event.target;
  const writing =
    target instanceof HTMLElement &&
    (target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName));
  const key = event.key.toLowerCase();
  if (event.ctrlKey || event.metaKey) return key === "k" ? "ctrl+k" : null;
  if (event.altKey) return null;
  if (writing && key !== "escape") return null;
  if (key === "?" || key === "/") return key;
  return event.shiftKey && key.length === 1 ? `shift+${key}` : key;
}
