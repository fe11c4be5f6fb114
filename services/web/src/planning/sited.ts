/** What a siting or relocation answers, as places on the map and as changes to be tried. */
import type { EditedSites } from "./changes";
import type { Change, FoundSite, Place, Siting } from "./types";

interface Named {
  readonly from: string;
  readonly to: Place & { readonly id: string };
  readonly at: Place;
}

const isPlace = (value: unknown): value is Place =>
  typeof value === "object" &&
  value !== null &&
  typeof (value as Partial<Place>).latitude === "number" &&
  typeof (value as Partial<Place>).longitude === "number";

const idOf = (value: unknown): string =>
  typeof value === "string"
    ? value
    : typeof value === "object" && value !== null && "id" in value
      ? String(value.id)
      : "";

function namedMoves(answer: Siting | null, sites: EditedSites): readonly Named[] {
  const known = new Map<string, Place>([
    ...sites.aeds.map(({ site }): [string, Place] => [site.id, site]),
    ...sites.stations.map(({ site }): [string, Place] => [site.id, site]),
  ]);
  const targets = new Map<string, FoundSite>(
    (answer?.sites ?? []).map((each) => [each.id ?? "", each]),
  );
  return (answer?.moved ?? []).flatMap((each) => {
    const { from, to } = each as { from?: unknown; to?: unknown };
    const at = isPlace(from) ? from : known.get(idOf(from));
    const there = isPlace(to) ? to : targets.get(idOf(to));
    if (!at || !there) return [];
    const { latitude, longitude } = there;
    return [{ from: idOf(from), at, to: { id: idOf(to), latitude, longitude } }];
  });
}

export const movesOf = (
  answer: Siting | null,
  sites: EditedSites,
): readonly { from: Place; to: Place }[] =>
  namedMoves(answer, sites).map(({ at, to }) => ({ from: at, to }));

/** The answer as what-if changes, so that its coverage can be calculated and it can be saved. */
export function asChanges(
  answer: Siting,
  sites: EditedSites,
  name: (number: number) => string,
): readonly Change[] {
  const moves = namedMoves(answer, sites);
  const filled = new Set(moves.map((each) => each.to.id));
  const known = new Set(sites.aeds.map(({ site }) => site.id));
  const fresh = answer.sites.filter(
    (each) => !filled.has(each.id ?? "") && !known.has(each.id ?? ""),
  );
  return [
    ...moves.map(({ from, to: { latitude, longitude } }): Change => {
      return { kind: "move_aed", id: from, latitude, longitude };
    }),
    ...fresh.map(({ latitude, longitude, id }, at): Change => {
      const fresh = `planned-${id ?? at + 1}`.replace(/[^A-Za-z0-9._-]/g, "-").slice(0, 64);
      const place = { id: fresh, name: name(at + 1), latitude, longitude };
      // That model is about ambulances, which stand at stations.
      return answer.model === "mexclp"
        ? { kind: "add_station", tier: "first_aid_station", ...place }
        : { kind: "add_aed", hours: "24/7", ...place };
    }),
  ];
}
