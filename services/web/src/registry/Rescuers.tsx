/** Who waits to be verified, and whose certificate ends soon. */
import type { components } from "@/api/generated/rescuer_location";
import { data, rescuers } from "@/common/api";
import { Empty, Skeleton } from "@/ui/Bits";
import { Filters, More } from "./Filters";
import { found } from "./found";
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

const people = found<RescuerEntry, (typeof STATUSES)[number]>(
  STATUSES,
  50,
  async ({ filter, query }) =>
    data(
      await rescuers.GET("/rescuers", {
        params: {
          query: {
            ...query,
            ...(filter === "all" ? {} : { status: filter }),
            ...(filter === "certificate_expiring" ? { within_days: SOON_DAYS } : {}),
          },
        },
      }),
    ),
);

export function Rescuers() {
  return (
    <>
      <Filters
        list={people}
        searchLabel={r("column.name")}
        filterLabel={r("rescuers.status")}
        nameOf={(each) => code("status", each)}
      />
      {people.items.value === null && people.failure.value == null && <Skeleton lines={6} />}
      {people.items.value?.length === 0 && (
        <Empty title={r("rescuers.none")}>{r("rescuers.none.help")}</Empty>
      )}
      <ul class="people">
        {people.items.value?.map((each) => (
          <Person key={each.id} entry={each} onChange={people.replace} />
        ))}
      </ul>
      <More list={people} />
    </>
  );
}
