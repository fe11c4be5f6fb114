/** All AEDs, and those that somebody should see to. */
import { dateTime } from "@/i18n";
import { Empty, Skeleton } from "@/ui/Bits";
import { Icon } from "@/ui/Icon";
import { aeds } from "./aeds";
import { Filters, More } from "./Filters";
import type { Aed } from "./form";
import { code, r } from "./words";

/** The form of list and map: what is asked for on one is what the other shows. */
export function AedFilters({ ask }: { ask?: () => Promise<void> }) {
  return (
    <Filters
      list={aeds}
      searchLabel={r("aeds.search")}
      filterLabel={r("aeds.filter")}
      nameOf={(each) => code("filter", each)}
      {...(ask ? { ask } : {})}
    >
      <a class="button" href="/api/public/aeds/file" download="aeds.geojson">
        {r("aeds.geojson")}
      </a>
      <a class="button primary" href="#/aeds/new">
        <Icon name="plus" />
        {r("aeds.new")}
      </a>
    </Filters>
  );
}

/** How many match. */
export function AedCount() {
  const count = aeds.items.value?.length;
  return (
    <p class="soft" role="status">
      {count !== undefined && r(aeds.cursor.value ? "aeds.countMore" : "aeds.count", { count })}
    </p>
  );
}

export function AedList() {
  return (
    <>
      <AedFilters />
      <AedCount />
      <Table />
    </>
  );
}

function Table() {
  if (aeds.items.value === null) return aeds.failure.value == null ? <Skeleton lines={8} /> : null;
  if (aeds.items.value.length === 0)
    return <Empty title={r("aeds.none")}>{r("aeds.none.help")}</Empty>;
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
          {aeds.items.value.map((aed) => (
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
      <More list={aeds} />
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
