/** What people reported about an AED, and whether it was true. */
import { useEffect, useState } from "preact/hooks";
import type { components } from "@/api/generated/aed_registry";
import { aedRegistry, data } from "@/common/api";
import { dateTime } from "@/i18n";
import { ErrorNote } from "@/ui/Bits";
import type { Aed } from "./form";
import { code, r } from "./words";

type Report = components["schemas"]["ReportOut"];

export function AedReports({ aed, onSettled }: { aed: Aed; onSettled: () => void }) {
  const [reports, setReports] = useState<readonly Report[]>([]);
  const [failure, setFailure] = useState<unknown>(null);
  useEffect(() => {
    aedRegistry
      .GET("/aeds/{aed_id}/reports", { params: { path: { aed_id: aed.id } } })
      .then((page) => setReports(data(page).items))
      .catch(setFailure);
  }, [aed]);
  const settle = async (report: Report, settlement: "confirmed" | "dismissed"): Promise<void> => {
    try {
      await aedRegistry.PUT("/aeds/{aed_id}/reports/{report_id}/settlement", {
        params: { path: { aed_id: aed.id, report_id: report.id } },
        body: { settlement },
      });
      onSettled();
    } catch (error) {
      setFailure(error);
    }
  };
  return (
    <section>
      <h3>{r("reports.title")}</h3>
      {failure != null && <ErrorNote error={failure} />}
      {reports.length === 0 && <p class="soft">{r("reports.none")}</p>}
      <ul class="lines">
        {reports.map((report) => (
          <li key={report.id}>
            <span class={`chip ${report.settlement ? "" : "amber"}`}>
              {code("report", report.kind)}
            </span>
            <span class="grow">
              {report.note} <span class="soft">{dateTime(report.reported_at)}</span>
            </span>
            {report.settlement ? (
              <span class="soft">{code("settlement", report.settlement)}</span>
            ) : (
              <>
                <button
                  type="button"
                  class="button"
                  onClick={() => void settle(report, "confirmed")}
                >
                  {r("reports.confirm")}
                </button>
                <button
                  type="button"
                  class="button"
                  onClick={() => void settle(report, "dismissed")}
                >
                  {r("reports.dismiss")}
                </button>
              </>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
