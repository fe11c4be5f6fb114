/** All AEDs, and those that somebody should see to. */
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { components } from "@/api/generated/aed_registry";
import { aedRegistry, data } from "@/common/api";
import { dateTime } from "@/i18n";
import { Empty, ErrorNote, Skeleton } from "@/ui/Bits";
import { Icon } from "@/ui/Icon";
import { code, r } from "./words";

type Aed = components["schemas"]["AedOut"];

const FILTERS = ["all", "expired_pads", "unchecked", "no_hours", "reported"] as const;
const PAGE = 200;

const filter = signal<(typeof FILTERS)[number]>("all");
const search = signal("");
const found = signal<readonly Aed[] | null>(null);
const cursor = signal<string | null>(null);
const failure = signal<unknown>(null);
let asked = 0;

async function load(more = false): Promise<void> {
  asked += 1;
  const mine = asked;
  failure.value = null;
  if (!more) found.value = null;
  try {
    const page = data(
      await aedRegistry.GET("/aeds", {
        params: {
          query: {
            limit: PAGE,
            ...(filter.value === "all" ? {} : { problem: filter.value }),
            ...(search.value.trim() ? { q: search.value.trim() } : {}),
            ...(more && cursor.value ? { cursor: cursor.value } : {}),
          },
        },
      }),
    );
    // An older question's answer may come last: it is not what is asked now.
    if (mine !== asked) return;
    found.value = [...(more ? (found.value ?? []) : []), ...(page.items as readonly Aed[])];
    cursor.value = page.next_cursor ?? null;
  } catch (error) {
    if (mine === asked) failure.value = error;
  }
}

export function AedList() {
  useEffect(() => void load(), []);
  return (
    <>
      <form
        class="filters"
        role="search"
        onSubmit={(event) => {
          event.preventDefault();
          void load();
        }}
      >
        <label class="field">
          <span>{r("aeds.search")}</span>
          <input
            type="search"
            value={search.value}
            onInput={(event) => {
              search.value = event.currentTarget.value;
              void load();
            }}
          />
        </label>
        <label class="field">
          <span>{r("aeds.filter")}</span>
          <select
            value={filter.value}
            onChange={(event) => {
              filter.value = event.currentTarget.value as (typeof FILTERS)[number];
              void load();
            }}
          >
            {FILTERS.map((each) => (
              <option key={each} value={each}>
                {code("filter", each)}
              </option>
            ))}
          </select>
        </label>
        <span class="grow" />
        <a class="button" href="/api/public/aeds" target="_blank" rel="noreferrer">
          {r("aeds.geojson")}
        </a>
        <a class="button primary" href="#/aeds/new">
          <Icon name="plus" />
          {r("aeds.new")}
        </a>
      </form>
      {failure.value != null && <ErrorNote error={failure.value} onRetry={() => void load()} />}
      <p class="soft" role="status">
        {found.value &&
          r(cursor.value ? "aeds.countMore" : "aeds.count", { count: found.value.length })}
      </p>
      <Table />
    </>
  );
}

function Table() {
  if (found.value === null) return failure.value == null ? <Skeleton lines={8} /> : null;
  if (found.value.length === 0) return <Empty title={r("aeds.none")}>{r("aeds.none.help")}</Empty>;
  const today = new Date().toISOString().slice(0, 10);
  return (
    <>
      <table>
        <thead>
          <tr>
            {(["name", "state", "hours", "pads", "checked"] as const).map((each) => (
              <th key={each} scope="col">
                {code("column", each)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {found.value.map((aed) => (
            <tr key={aed.id}>
              <th scope="row">
                <a href={`#/aeds/${encodeURIComponent(aed.id)}`}>{aed.name}</a>
                <span class="soft">{aed.address ?? aed.id}</span>
              </th>
              <td>
                <State aed={aed} />
              </td>
              <td class={aed.opening_hours ? "" : "doubt"}>
                {aed.opening_hours ?? r("hours.unknown")}
              </td>
              <td class={aed.pads_expire_on && aed.pads_expire_on < today ? "doubt" : "numbers"}>
                {aed.pads_expire_on && aed.pads_expire_on < today
                  ? r("pads.expired", { date: aed.pads_expire_on })
                  : (aed.pads_expire_on ?? r("hours.unknown"))}
              </td>
              <td class={aed.last_checked_at ? "numbers" : "doubt"}>
                {aed.last_checked_at ? dateTime(aed.last_checked_at) : r("checked.never")}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {cursor.value && (
        <button type="button" class="button" onClick={() => void load(true)}>
          {r("aeds.more")}
        </button>
      )}
    </>
  );
}

function State({ aed }: { aed: Aed }) {
  const good = aed.effective_state === "in_service";
  return (
    <>
      <span class={`chip ${good ? "" : "amber"}`}>{code("state", aed.effective_state)}</span>{" "}
      {aed.open_reports.map((kind) => (
        <span key={kind} class="chip amber">
          {code("report", kind)}
        </span>
      ))}
    </>
  );
}
