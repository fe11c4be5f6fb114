/** One AED: what is registered, what people reported, and every version that there was. */
import { useEffect, useState } from "preact/hooks";
import { aedRegistry, data } from "@/common/api";
import { Problem } from "@/common/problem";
import { t } from "@/i18n";
import { ErrorNote, Skeleton } from "@/ui/Bits";
import { AedFields } from "./AedFields";
import { AedHistory } from "./AedHistory";
import { AedReports } from "./AedReports";
import { type Aed, rowOf } from "./form";
import { goTo } from "./route";
import { code, r } from "./words";

export function AedEditor({ id }: { id: string }) {
  const isNew = id === "new";
  const [aed, setAed] = useState<Aed | null>(null);
  const [said, setSaid] = useState<string | null>(null);
  const [failure, setFailure] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  // Made anew only when another version is loaded, so that what was typed stays.
  const [shown, setShown] = useState(0);
  const path = { params: { path: { aed_id: id } } };

  const load = async (): Promise<void> => {
    if (isNew) return;
    try {
      setAed(data(await aedRegistry.GET("/aeds/{aed_id}", path)) as Aed);
      setShown((count) => count + 1);
      setFailure(null);
    } catch (error) {
      setFailure(error);
    }
  };

  useEffect(() => void load(), [id]);

  const act = async (action: () => Promise<void>): Promise<void> => {
    setBusy(true);
    setFailure(null);
    setSaid(null);
    try {
      await action();
    } catch (error) {
      setFailure(error);
    } finally {
      setBusy(false);
    }
  };
  const save = (form: FormData): Promise<void> =>
    act(async () => {
      const body = rowOf(form, aed);
      const kept = data(
        aed
          ? await aedRegistry.PUT("/aeds/{aed_id}", {
              params: { ...path.params, header: { "If-Match": `"${aed.version}"` } },
              body,
            })
          : await aedRegistry.POST("/aeds", { body }),
      ) as Aed;
      setAed(kept);
      setSaid(r("edit.saved", { version: kept.version }));
      if (isNew) goTo(`aeds/${encodeURIComponent(kept.id)}`);
    });
  const check = (outcome: "in_order" | "fault"): Promise<void> =>
    act(async () => {
      await aedRegistry.POST("/aeds/{aed_id}/checks", { ...path, body: { outcome } });
      await load();
      setSaid(r("check.done"));
    });
  const retire = (version: number): Promise<void> =>
    act(async () => {
      await aedRegistry.DELETE("/aeds/{aed_id}", {
        params: { ...path.params, header: { "If-Match": `"${version}"` } },
      });
      await load();
    });
  const stale = failure instanceof Problem && failure.status === 412;

  if (!isNew && !aed) {
    return failure ? (
      <ErrorNote error={failure} onRetry={() => void load()} />
    ) : (
      <Skeleton lines={8} />
    );
  }
  return (
    <>
      <p>
        <a href="#/aeds">{r("edit.back")}</a>
      </p>
      <h2>{isNew ? r("edit.new") : r("edit.title", { id })}</h2>
      {aed?.retired && <p class="banner amber">{r("edit.retired")}</p>}
      {stale ? (
        <div class="banner amber" role="alert">
          {r("edit.stale")}
          <button type="button" class="button" onClick={() => void load()}>
            {r("edit.reload")}
          </button>
        </div>
      ) : (
        failure != null && <ErrorNote error={failure} />
      )}
      {said && (
        <p class="banner plain" role="status">
          {said}
        </p>
      )}
      <form
        class="panel edit"
        onSubmit={(event) => {
          event.preventDefault();
          void save(new FormData(event.currentTarget));
        }}
      >
        <AedFields key={shown} aed={aed} />
        <footer>
          <button type="submit" class="button primary" disabled={busy}>
            {t("action.save")}
          </button>
          {aed && !aed.retired && (
            <>
              {(["in_order", "fault"] as const).map((outcome) => (
                <button
                  key={outcome}
                  type="button"
                  class="button"
                  disabled={busy}
                  onClick={() => void check(outcome)}
                >
                  {code("check", outcome)}
                </button>
              ))}
              <span class="grow" />
              <button
                type="button"
                class="button"
                disabled={busy}
                onClick={() => void retire(aed.version)}
              >
                {r("edit.retire")}
              </button>
            </>
          )}
        </footer>
      </form>
      {aed && <AedReports aed={aed} onSettled={() => void load()} />}
      {aed && <AedHistory id={aed.id} version={aed.version} />}
    </>
  );
}
