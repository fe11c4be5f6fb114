/** The question of a list, and what is behind its end; the same on every list. */
import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { ErrorNote } from "@/ui/Bits";
import type { Found } from "./found";
import { r } from "./words";

interface FiltersProps<Item, Filter extends string> {
  readonly list: Found<Item, Filter>;
  readonly searchLabel: string;
  readonly filterLabel: string;
  readonly nameOf: (filter: Filter) => string;
  /** Asks what the form says; by default for the first page. */
  readonly ask?: () => Promise<void>;
  /** Further buttons, at the right. */
  readonly children?: ComponentChildren;
}

export function Filters<Item, Filter extends string>(props: FiltersProps<Item, Filter>) {
  const { list } = props;
  const ask = (): void => void (props.ask ?? list.load)();
  useEffect(ask, []);
  return (
    <>
      <form
        class="filters"
        role="search"
        onSubmit={(event) => {
          event.preventDefault();
          ask();
        }}
      >
        <label class="field">
          <span>{props.searchLabel}</span>
          <input
            type="search"
            value={list.search.value}
            onInput={(event) => {
              list.search.value = event.currentTarget.value;
              ask();
            }}
          />
        </label>
        <label class="field">
          <span>{props.filterLabel}</span>
          <select
            value={list.filter.value}
            onChange={(event) => {
              list.filter.value = event.currentTarget.value as Filter;
              ask();
            }}
          >
            {list.filters.map((each) => (
              <option key={each} value={each}>
                {props.nameOf(each)}
              </option>
            ))}
          </select>
        </label>
        <span class="grow" />
        {props.children}
      </form>
      {list.failure.value != null && <ErrorNote error={list.failure.value} onRetry={ask} />}
    </>
  );
}

/** The next page, where there is one. */
export function More<Item, Filter extends string>({ list }: { list: Found<Item, Filter> }) {
  if (!list.cursor.value) return null;
  return (
    <button type="button" class="button" onClick={() => void list.load(true)}>
      {r("aeds.more")}
    </button>
  );
}
