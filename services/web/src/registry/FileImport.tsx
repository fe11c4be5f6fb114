/** A list from a file: first what would become of every row, then taking it. */
import { useState } from "preact/hooks";
import type { components } from "@/api/generated/aed_registry";
import { aedRegistry, data, rescuers } from "@/common/api";
import { ErrorNote } from "@/ui/Bits";
import { code, r } from "./words";

type Report = components["schemas"]["FileReport"];
type Row = components["schemas"]["FileRowOut"];
type Datum = components["schemas"]["Datum"];

const SHOWN = 200;

/** The registers that take a file as people have it. */
const KINDS = ["aeds", "rescuers"] as const;
type Kind = (typeof KINDS)[number];

export function FileImport({ kind }: { kind: Kind }) {
  const [file, setFile] = useState<File | null>(null);
  const [datum, setDatum] = useState<Datum | "">("");
  const [prefix, setPrefix] = useState("");
  const [report, setReport] = useState<Report | null>(null);
  const [failure, setFailure] = useState<unknown>(null);
  const [doing, setDoing] = useState<"trying" | "taking" | null>(null);
  const busy = doing !== null;

  const send = async (dryRun: boolean): Promise<void> => {
    if (!file) return;
    setDoing(dryRun ? "trying" : "taking");
    setFailure(null);
    try {
      const wish = {
        params: {
          query: {
            name: file.name,
            dry_run: dryRun,
            ...(datum ? { datum } : {}),
            ...(prefix ? { id_prefix: prefix } : {}),
          },
        },
        headers: { "Content-Type": "application/octet-stream" },
        body: file as unknown as string,
        bodySerializer: (body: unknown) => body,
      };
      setReport(
        kind === "aeds"
          ? data(await aedRegistry.POST("/aeds/files", wish))
          : data(await rescuers.POST("/rescuers/files", wish)),
      );
    } catch (error) {
      setReport(null);
      setFailure(error);
    } finally {
      setDoing(null);
    }
  };
  const good = report ? report.created + report.updated + report.unchanged : 0;
  return (
    <>
      <h2>{code("file.title", kind)}</h2>
      <nav class="kinds" aria-label={r("file.kinds")}>
        {KINDS.map((each) => (
          <a
            key={each}
            class="button"
            href={`#/files/${each}`}
            {...(each === kind ? { "aria-current": "page" } : {})}
          >
            {code("tab", each)}
          </a>
        ))}
      </nav>
      <p class="soft">
        {r("file.help")} {code("file.help", kind)}
      </p>
      <form
        class="panel edit"
        onSubmit={(event) => {
          event.preventDefault();
          void send(true);
        }}
      >
        <div class="fields">
          <label class="field across">
            <span>{r("file.choose")}</span>
            <input
              type="file"
              required
              accept=".csv,.json,.geojson,.txt,text/csv,application/json"
              onChange={(event) => {
                setFile(event.currentTarget.files?.[0] ?? null);
                setReport(null);
              }}
            />
          </label>
          <label class="field">
            <span>{code("file.datum", kind)}</span>
            <select
              value={datum}
              onChange={(event) => {
                setDatum(event.currentTarget.value as Datum | "");
                setReport(null);
              }}
            >
              <option value="">{r("file.datum.none")}</option>
              {["wgs84", "gcj02", "bd09"].map((each) => (
                <option key={each} value={each}>
                  {each.toUpperCase()}
                </option>
              ))}
            </select>
          </label>
          <label class="field">
            <span>{r("file.prefix")}</span>
            <input
              value={prefix}
              pattern="[A-Za-z0-9._\-]*"
              onInput={(event) => {
                setPrefix(event.currentTarget.value);
                setReport(null);
              }}
            />
          </label>
        </div>
        <footer>
          <button type="submit" class="button" disabled={busy || !file}>
            {r("file.try")}
          </button>
          {report?.dry_run && good > 0 && (
            <button
              type="button"
              class="button primary"
              disabled={busy}
              onClick={() => void send(false)}
            >
              {r("file.take", { count: good })}
            </button>
          )}
        </footer>
      </form>
      {failure != null && <ErrorNote error={failure} />}
      {doing && (
        <p class="banner plain" role="status">
          {code("file", doing)}
        </p>
      )}
      {report && !busy && <ReportView report={report} />}
    </>
  );
}

function ReportView({ report }: { report: Report }) {
  const refused = new Set(report.refused.map((row) => row.row)).size;
  return (
    <section>
      <p class={`banner ${refused ? "amber" : "plain"}`} role="status">
        {r(report.dry_run ? "file.would" : "file.done", { ...report, refused } as never)}
      </p>
      {report.ignored_columns.length > 0 && (
        <p class="soft">{r("file.ignored", { columns: report.ignored_columns.join(", ") })}</p>
      )}
      <Rows title={r("file.refused")} rows={report.refused} />
      <Rows title={r("file.warnings")} rows={report.warnings} />
    </section>
  );
}

function Rows({ title, rows }: { title: string; rows: readonly Row[] }) {
  if (rows.length === 0) return null;
  return (
    <>
      <h3>{title}</h3>
      <table>
        <thead>
          <tr>
            <th scope="col">{r("file.row")}</th>
            <th scope="col">{r("file.field")}</th>
            <th scope="col">{r("file.problem")}</th>
            <th scope="col">{r("file.mend")}</th>
          </tr>
        </thead>
        <tbody>
          {rows.slice(0, SHOWN).map((row) => (
            <tr key={`${row.row} ${row.field} ${row.message}`}>
              <th scope="row" class="numbers">
                {row.row}
              </th>
              <td>{row.field}</td>
              <td>{row.message}</td>
              <td>{row.mend}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length > SHOWN && <p class="soft">{r("file.more", { count: rows.length - SHOWN })}</p>}
    </>
  );
}
