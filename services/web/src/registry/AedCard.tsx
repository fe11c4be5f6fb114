/** The AED that was chosen on the map: what is wrong with it, and where it really hangs. */
import { useState } from "preact/hooks";
import { aedRegistry, data } from "@/common/api";
import { metresBetween } from "@/common/distance";
import { Problem } from "@/common/problem";
import { dateTime, distance, t } from "@/i18n";
import type { Place } from "@/map";
import { ErrorNote } from "@/ui/Bits";
import { aeds, type Trouble, troublesOf } from "./aeds";
import { type Aed, rowAsIs } from "./form";
import { code, r } from "./words";

interface Props {
  readonly aed: Aed;
  /** Where it was dragged to, and is not yet. */
  readonly moved: Place | null;
  readonly placing: boolean;
  readonly onPlacing: (placing: boolean) => void;
  readonly onMoved: (place: Place | null) => void;
}

export function AedCard({ aed, moved, placing, onPlacing, onMoved }: Props) {
  const troubles = troublesOf(aed, new Date());
  return (
    <section class="panel edit">
      <h2>{aed.name}</h2>
      <p class="soft">{[aed.address, aed.placement].filter(Boolean).join(" · ") || aed.id}</p>
      {troubles.length === 0 ? (
        <p>{r("map.well")}</p>
      ) : (
        <ul class="troubles">
          {troubles.map((each) => (
            <li key={each} class="doubt">
              {code("trouble", each)}
              {detail(aed, each)}
            </li>
          ))}
        </ul>
      )}
      <Move {...{ aed, moved, placing, onPlacing, onMoved }} />
      <footer>
        <a class="button" href={`#/aeds/${encodeURIComponent(aed.id)}`}>
          {r("map.edit")}
        </a>
      </footer>
    </section>
  );
}

function detail(aed: Aed, trouble: Trouble): string {
  switch (trouble) {
    case "reported":
      return `: ${aed.open_reports.map((each) => code("report", each)).join(", ")}`;
    case "pads_expired":
      return `: ${aed.pads_expire_on ?? ""}`;
    case "battery_expired":
      return `: ${aed.battery_expires_on ?? ""}`;
    case "unchecked":
      return aed.last_checked_at ? `: ${dateTime(aed.last_checked_at)}` : `: ${r("checked.never")}`;
    default:
      return "";
  }
}

/** Dragged on the map, or placed with a click or the Enter key; nothing is written unasked. */
function Move({ aed, moved, placing, onPlacing, onMoved }: Props) {
  const [busy, setBusy] = useState(false);
  const [saved, setSaved] = useState<number | null>(null);
  const [failure, setFailure] = useState<unknown>(null);
  const stale = failure instanceof Problem && failure.status === 412;

  const save = async (): Promise<void> => {
    if (!moved) return;
    setBusy(true);
    setFailure(null);
    try {
      const kept = data(
        await aedRegistry.PUT("/aeds/{aed_id}", {
          params: { path: { aed_id: aed.id }, header: { "If-Match": `"${aed.version}"` } },
          body: { ...rowAsIs(aed), place: { ...moved, datum: "wgs84" } },
        }),
      ) as Aed;
      aeds.replace(kept);
      setSaved(kept.version);
      onMoved(null);
    } catch (error) {
      setFailure(error);
    } finally {
      setBusy(false);
    }
  };
  const reload = async (): Promise<void> => {
    setFailure(null);
    try {
      const path = { params: { path: { aed_id: aed.id } } };
      aeds.replace(data(await aedRegistry.GET("/aeds/{aed_id}", path)) as Aed);
    } catch (error) {
      setFailure(error);
    }
  };
  const note = stale ? (
    <div class="banner amber" role="alert">
      {r("map.stale")}
      <button type="button" class="button" onClick={() => void reload()}>
        {r("edit.reload")}
      </button>
    </div>
  ) : (
    failure != null && <ErrorNote error={failure} />
  );
  if (moved) {
    return (
      <>
        <p class="banner plain" role="status">
          {r("map.moved", {
            distance: distance(metresBetween(aed.place, moved)),
            place: `${moved.latitude.toFixed(5)}, ${moved.longitude.toFixed(5)}`,
          })}
        </p>
        {note}
        <footer>
          <button type="button" class="button primary" disabled={busy} onClick={() => void save()}>
            {r("map.save")}
          </button>
          <button type="button" class="button" disabled={busy} onClick={() => onMoved(null)}>
            {r("map.back")}
          </button>
        </footer>
      </>
    );
  }
  return (
    <>
      {saved !== null && (
        <p class="banner plain" role="status">
          {r("edit.saved", { version: saved })}
        </p>
      )}
      <p class="soft">{r("map.help")}</p>
      <footer>
        <button type="button" class="button" onClick={() => onPlacing(!placing)}>
          {placing ? t("action.cancel") : r("map.move")}
        </button>
      </footer>
    </>
  );
}
