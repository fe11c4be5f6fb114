/** AEDs, stations and units by id: for names, the command line, the search and the map. */
import { signal } from "@preact/signals";
import type { components as Aeds } from "@/api/generated/aed_registry";
import type { components as Stations } from "@/api/generated/ambulance_stations";
import { aedRegistry, data, stations as stationsApi } from "@/common/api";

export type Aed = Aeds["schemas"]["AedOut"];
export type Station = Stations["schemas"]["StationOut"];
export type Unit = Stations["schemas"]["UnitOut"];

export const aeds = signal<ReadonlyMap<string, Aed>>(new Map());
export const stations = signal<ReadonlyMap<string, Station>>(new Map());
/** Whether an AED can be reached now, by its hours; null where nobody knows. */
export const openNow = signal<ReadonlyMap<string, boolean | null>>(new Map());
export const units = signal<ReadonlyMap<string, Unit>>(new Map());

interface Page<T> {
  readonly items: readonly T[];
  readonly next_cursor?: string | null;
}

async function all<T extends { id: string }>(
  read: (query: { limit: number; cursor?: string }) => Promise<Page<T>>,
): Promise<ReadonlyMap<string, T>> {
  const found = new Map<string, T>();
  let cursor: string | null | undefined;
  do {
    const page = await read({ limit: 1000, ...(cursor ? { cursor } : {}) });
    for (const each of page.items) found.set(each.id, each);
    cursor = page.next_cursor;
  } while (cursor);
  return found;
}

async function readOpenNow(): Promise<void> {
  const found = new Map<string, boolean | null>();
  let cursor: string | null | undefined;
  do {
    const page = data(
      await aedRegistry.GET("/public/aeds", {
        params: { query: { limit: 1000, ...(cursor ? { cursor } : {}) } },
      }),
    );
    for (const each of page.features) found.set(each.id, each.properties.open_now);
    cursor = page.next_cursor;
  } while (cursor);
  openNow.value = found;
}

export async function readUnits(): Promise<void> {
  units.value = await all<Unit>(async (query) =>
    data(await stationsApi.GET("/units", { params: { query } })),
  );
}

/** Each register for itself: one that is away leaves the others, and what was known of it. */
export async function readRegisters(): Promise<void> {
  await Promise.allSettled([
    readUnits(),
    readOpenNow(),
    all<Station>(async (query) =>
      data(await stationsApi.GET("/stations", { params: { query } })),
    ).then((found) => {
      stations.value = found;
    }),
    all<Aed>(
      async (query) =>
        data(await aedRegistry.GET("/aeds", { params: { query } })) as unknown as Page<Aed>,
    ).then((found) => {
      aeds.value = found;
    }),
  ]);
}

export const aedName = (id: string): string => aeds.value.get(id)?.name ?? id;
export const stationName = (id: string): string => stations.value.get(id)?.name ?? id;
