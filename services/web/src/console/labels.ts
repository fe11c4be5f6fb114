/** How an incident is called on the screen: its address, else its coordinates. */
import type { Details, Place } from "./types";
import { t } from "./words";

export const coordinates = (place: Place): string =>
  `${place.latitude.toFixed(5)}, ${place.longitude.toFixed(5)}`;

interface Named {
  readonly place: Place;
  readonly address?: string | null;
  readonly building?: string | null;
  readonly floor?: number | null;
}

export function labelOf(row: Named): string {
  const named = [row.address, row.building].filter(Boolean).join(" ") || coordinates(row.place);
  return row.floor === null || row.floor === undefined
    ? named
    : `${named}, ${t("incident.floor", { floor: row.floor })}`;
}

export const labelOfDetails = (place: Place, details: Details): string =>
  labelOf({
    place,
    address: details.address ?? null,
    building: details.building ?? null,
    floor: details.floor ?? null,
  });
