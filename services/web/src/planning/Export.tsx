/** A result as a file. */
import { signal } from "@preact/signals";
import { language } from "@/i18n";
import { explain } from "@/ui/Bits";
import { exported, FORMATS, type Format } from "./api";
import { code, p } from "./words";

const failure = signal<unknown>(null);
const busy = signal<Format | null>(null);
const ENDINGS: Record<Format, string> = {
  geojson: "geojson",
  csv: "csv",
  parquet: "parquet",
  html: "html",
};

/** Fetched with the token, then handed to the browser as a download. */
async function download(run: string, kind: string, format: Format): Promise<void> {
  failure.value = null;
  busy.value = format;
  try {
    const blob = await exported(run, format, language.peek());
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = `lifering-${kind}-${run}.${ENDINGS[format]}`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  } catch (error) {
    failure.value = error;
  } finally {
    busy.value = null;
  }
}

export function Export({ run, kind }: { run: string; kind: string }) {
  return (
    <details class="export">
      <summary class="button">{p("export.title")}</summary>
      <ul class="panel">
        {FORMATS.map((format) => (
          <li key={format}>
            <button
              type="button"
              class="button quiet"
              disabled={busy.value !== null}
              onClick={() => void download(run, kind, format)}
            >
              {code("export", format)}
            </button>
          </li>
        ))}
      </ul>
      {failure.value != null && (
        <p class="error" role="alert">
          {explain(failure.value)}
        </p>
      )}
    </details>
  );
}
