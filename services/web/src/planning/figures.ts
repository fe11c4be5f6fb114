/** Numbers drawn from a coverage: what is large on the page. */
import type { Cell, Coverage, Gap, Layer, Tier } from "./types";

export const layerOf = (found: Coverage | null, tier: Tier, within: number): Layer | null =>
  found?.layers.find((each) => each.tier === tier && each.within_s === within) ?? null;

/** The share of expected arrests in the week; of one hour of it the share of people. */
export function headline(layer: Layer | null, hour: number | null): number | null {
  if (!layer) return null;
  if (hour === null) return layer.arrest_share;
  return layer.by_hour?.[hour] ?? null;
}

export const arrestsOf = (cells: readonly Cell[]): number =>
  cells.reduce((sum, each) => sum + each.arrests_per_year, 0);

/** The tier's own gaps, where they were worked out. */
export const gapsOf = (found: Coverage | null, tier: Tier): readonly Gap[] =>
  found?.gaps_by_tier ? (found.gaps_by_tier[tier] ?? []) : (found?.gaps ?? []);
