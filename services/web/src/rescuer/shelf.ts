/** What the phone keeps, where page and service worker both find it. */
import { createStore, get, set, update } from "idb-keyval";

/** A value that is read and changed as a whole, in one transaction. */
export interface Shelf<T> {
  readonly read: () => Promise<T>;
  readonly change: (change: (old: T) => T) => Promise<void>;
}

const store = createStore("lifering-rescuer", "kept");

/** A place in this browser's IndexedDB. */
export function shelf<T>(name: string, empty: T): Shelf<T> {
  return {
    read: async () => (await get<T>(name, store)) ?? empty,
    change: (change) => update<T>(name, (old) => change(old ?? empty), store),
  };
}

/** A shelf that forgets with the page; for tests, and where a browser keeps nothing. */
export function memoryShelf<T>(empty: T): Shelf<T> {
  let kept = empty;
  return {
    read: () => Promise.resolve(kept),
    change: (change) => {
      kept = change(kept);
      return Promise.resolve();
    },
  };
}

/** The words' language, which the service worker cannot read from where the page keeps it. */
export const keepLanguage = (language: string): Promise<void> => set("language", language, store);
export const keptLanguage = async (): Promise<string> =>
  (await get<string>("language", store)) ?? "zh-CN";
