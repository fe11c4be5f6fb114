/** Rows of county units, least covered first. */
import { cellToLatLng, isValidCell } from "h3-js";
import type { Gap, Place, Tier, Unit } from "./types";

export interface UnitRow {
  readonly id: string;
  readonly name: string;
  readonly share: number | null;
  /** Expected in a year. */
  readonly arrests: number | null;
  readonly place: Place | null;
}

/** A unit that is a cell is where the cell is; a county is looked at where its worst gap is. */
function placeOf(unit: Unit, gaps: readonly Gap[]): Place | null {
  if (isValidCell(unit.id)) {
    const [latitude, longitude] = cellToLatLng(unit.id);
    return { latitude, longitude };
  }
  return gaps.find((each) => each.unit === unit.id || each.unit === unit.name) ?? null;
}

export function unitRows(
  units: readonly Unit[],
  tier: Tier,
  within: number,
  gaps: readonly Gap[],
): readonly UnitRow[] {
  return units
    .map((unit): UnitRow => {
      const layer = unit.layers.find((each) => each.tier === tier && each.within_s === within);
      return {
        id: unit.id,
        name: unit.name,
        share: layer?.arrest_share ?? null,
        arrests: unit.arrests_per_year ?? null,
        place: placeOf(unit, gaps),
      };
    })
    .sort((a, b) => (a.share ?? 2) - (b.share ?? 2) || a.name.localeCompare(b.name));
}
