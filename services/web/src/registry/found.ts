/** What a register finds for a question: page by page, the newest question winning. */
import { type Signal, signal } from "@preact/signals";

interface Page<Item> {
  readonly items: readonly Item[];
  readonly next_cursor?: string | null;
}

/** As the services' lists take it. */
export interface Question<Filter> {
  readonly filter: Filter;
  readonly query: {
    readonly limit: number;
    readonly q?: string;
    readonly cursor?: string;
  };
}

export interface Found<Item, Filter extends string> {
  readonly filters: readonly Filter[];
  readonly filter: Signal<Filter>;
  readonly search: Signal<string>;
  /** Null while the first page is on its way. */
  readonly items: Signal<readonly Item[] | null>;
  /** Where the next page begins; null when everything is here. */
  readonly cursor: Signal<string | null>;
  readonly failure: Signal<unknown>;
  /** The first page, or the next one behind what is here. */
  readonly load: (more?: boolean, limit?: number) => Promise<void>;
  /** All of them, `most` at the most. */
  readonly loadAll: (most: number) => Promise<void>;
  /** Somebody was decided upon: they stay where they are, as they are now. */
  readonly replace: (item: Item) => void;
}

const LARGEST_PAGE = 1000;

/** One list; kept for as long as the page is open, so that coming back finds the same question. */
export function found<Item extends { readonly id: string }, Filter extends string>(
  filters: readonly [Filter, ...Filter[]],
  pageSize: number,
  ask: (question: Question<Filter>) => Promise<Page<Item>>,
): Found<Item, Filter> {
  const filter = signal<Filter>(filters[0]);
  const search = signal("");
  const items = signal<readonly Item[] | null>(null);
  const cursor = signal<string | null>(null);
  const failure = signal<unknown>(null);
  let asked = 0;

  const load = async (more = false, limit = pageSize): Promise<void> => {
    asked += 1;
    const mine = asked;
    failure.value = null;
    if (!more) items.value = null;
    const words = search.value.trim();
    const from = more ? cursor.value : null;
    try {
      const page = await ask({
        filter: filter.value,
        query: { limit, ...(words ? { q: words } : {}), ...(from ? { cursor: from } : {}) },
      });
      // An older question's answer may come last: it is not what is asked now.
      if (mine !== asked) return;
      items.value = [...(more ? (items.value ?? []) : []), ...page.items];
      cursor.value = page.next_cursor ?? null;
    } catch (error) {
      if (mine === asked) failure.value = error;
    }
  };
  const loadAll = async (most: number): Promise<void> => {
    let page = load(false, LARGEST_PAGE);
    let mine = asked;
    await page;
    // Until somebody asks something else.
    while (
      mine === asked &&
      failure.value == null &&
      cursor.value &&
      (items.value?.length ?? 0) < most
    ) {
      page = load(true, LARGEST_PAGE);
      mine = asked;
      await page;
    }
  };
  const replace = (item: Item): void => {
    items.value = (items.value ?? []).map((each) => (each.id === item.id ? item : each));
  };
  return { filters, filter, search, items, cursor, failure, load, loadAll, replace };
}
