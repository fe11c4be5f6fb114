/** An AED as a form's texts, and back; what the form does not show is kept as it was. */
import type { components } from "@/api/generated/aed_registry";

export type Aed = components["schemas"]["AedPrivateOut"];
export type AedRow = components["schemas"]["AedRow"];
type Datum = components["schemas"]["Datum"];

export const TEXTS = ["name", "address", "placement", "opening_hours", "access_code"] as const;
export const DATES = ["pads_expire_on", "battery_expires_on"] as const;

/** The row of an AED as it is registered now: writing it back changes nothing. */
export function rowAsIs(aed: Aed): AedRow {
  return {
    id: aed.id,
    name: aed.name,
    place: aed.place,
    address: aed.address ?? null,
    placement: aed.placement ?? null,
    floor: aed.floor ?? null,
    opening_hours: aed.opening_hours ?? null,
    access: aed.access,
    access_code: aed.access_code,
    code_required: aed.code_required,
    state: aed.state,
    pads_expire_on: aed.pads_expire_on ?? null,
    battery_expires_on: aed.battery_expires_on ?? null,
    keeper: aed.keeper,
    time_zone: aed.time_zone,
    country: aed.country ?? null,
    child_pads: aed.child_pads ?? null,
    manufacturer: aed.manufacturer ?? null,
    model: aed.model ?? null,
    serial: aed.serial ?? null,
    last_checked_at: aed.last_checked_at ?? null,
    provenance: aed.provenance,
  };
}

/** What the register takes, of a form; `old` gives what the form does not show. */
export function rowOf(form: FormData, old: Aed | null): AedRow {
  const text = (name: string): string | null => {
    const value = form.get(name);
    return typeof value === "string" && value.trim() ? value.trim() : null;
  };
  const keeper = { name: text("keeper_name"), phone: text("keeper_phone") };
  const floor = text("floor");
  return {
    ...(old ? rowAsIs(old) : {}),
    id: old?.id ?? text("id") ?? "",
    name: text("name") ?? "",
    place: {
      latitude: Number(text("latitude") ?? Number.NaN),
      longitude: Number(text("longitude") ?? Number.NaN),
      datum: text("datum") as Datum,
    },
    address: text("address"),
    placement: text("placement"),
    floor: floor === null ? null : Number(floor),
    opening_hours: text("opening_hours"),
    access: (text("access") ?? "unknown") as NonNullable<AedRow["access"]>,
    access_code: text("access_code"),
    code_required: form.get("code_required") !== null,
    state: (text("state") ?? "unknown") as NonNullable<AedRow["state"]>,
    pads_expire_on: text("pads_expire_on"),
    battery_expires_on: text("battery_expires_on"),
    keeper: keeper.name || keeper.phone ? keeper : null,
    provenance: old?.provenance ?? { source: "registrar", synthetic: false },
  };
}
