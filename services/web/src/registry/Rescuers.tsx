/** Who waits to be verified, and whose certificate ends soon. */
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { components } from "@/api/generated/rescuer_location";
import { data, rescuers } from "@/common/api";
import { Empty, ErrorNote, Skeleton } from "@/ui/Bits";
import { Person } from "./Person";
import { code, r } from "./words";

export type RescuerEntry = components["schemas"]["RescuerOut"];

const STATUSES = [
  "pending_verification",
  "certificate_expiring",
  "certificate_expired",
  "all",
] as const;
const SOON_DAYS = 60;

const status = signal<(typeof STATUSES)[number]>("pending_verification");
const search = signal("");
const found = signal<readonly RescuerEntry[] | null>(null);
const cursor = signal<string | null>(null);
const failure = signal<unknown>(null);
let asked = 0;

async function load(more = false): Promise<void> {
  asked += 1;
  const mine = asked;
  failure.value = null;
  if (!more) found.value = null;
  const chosen = status.value;
  try {
    const page = data(
      await rescuers.GET("/rescuers", {
        params: {
          query: {
            limit: 50,
            ...(chosen === "all" ? {} : { status: chosen }),
            ...(chosen === "certificate_expiring" ? { within_days: SOON_DAYS } : {}),
            ...(search.value.trim() ? { q: search.value.trim() } : {}),
            ...(more && cursor.value ? { cursor: cursor.value } : {}),
          },
        },
      }),
    );
    if (mine !== asked) return;
    found.value = [...(more ? (found.value ?? []) : []), ...page.items];
    cursor.value = page.next_cursor ?? null;
  } catch (error) {
    if (mine === asked) failure.value = error;
  }
}

/** Somebody was decided upon: they stay where they are, as they are now. */
function replaced(entry: RescuerEntry): void {
  found.value = (found.value ?? []).map((each) => (each.id === entry.id ? entry : each));
}

export function Rescuers() {
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
          <span>{r("column.name")}</span>
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
          <span>{r("rescuers.status")}</span>
          <select
            value={status.value}
            onChange={(event) => {
              status.value = event.currentTarget.value as (typeof STATUSES)[number];
              void load();
            }}
          >
            {STATUSES.map((each) => (
              <option key={each} value={each}>
                {code("status", each)}
              </option>
            ))}
          </select>
        </label>
      </form>
      {failure.value != null && <ErrorNote error={failure.value} onRetry={() => void load()} />}
      {found.value === null && failure.value == null && <Skeleton lines={6} />}
      {found.value?.length === 0 && (
        <Empty title={r("rescuers.none")}>{r("rescuers.none.help")}</Empty>
      )}
      <ul class="people">
        {found.value?.map((each) => (
          <Person key={each.id} entry={each} onChange={replaced} />
        ))}
      </ul>
      {cursor.value && (
        <button type="button" class="button" onClick={() => void load(true)}>
          {r("aeds.more")}
        </button>
      )}
    </>
  );
}
