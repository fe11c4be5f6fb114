/** In which datum this phone's browser gives positions, with a way to find out. */
import { useSignal } from "@preact/signals";
import { distance } from "@/i18n";
import { chooseDatum, datum, locate } from "./live";
import { distanceM, toWgs84 } from "./place";
import type { PhoneDatum, Place } from "./types";
import { code, w } from "./words";
import { DotMap } from "./DotMap";

const ALL: readonly PhoneDatum[] = ["wgs84", "gcj02"];

export function Datum() {
  const seen = useSignal<Record<PhoneDatum, Place> | null>(null);
  const trouble = useSignal<string | null>(null);
  const kept = useSignal(false);
  const look = async (): Promise<void> => {
    trouble.value = null;
    kept.value = false;
    try {
      const fix = await locate();
      seen.value = { wgs84: fix, gcj02: await toWgs84(fix, "gcj02") };
    } catch (error) {
      const denied = error instanceof Error && error.message === "denied";
      trouble.value = w(denied ? "places.denied" : "places.noFix");
    }
  };
  const other: PhoneDatum = datum.value === "wgs84" ? "gcj02" : "wgs84";
  return (
    <section class="stack">
      <p>{w("datum.lead")}</p>
      <fieldset class="choices">
        <legend>{w("datum.label")}</legend>
        {ALL.map((each) => (
          <label key={each} class="choice">
            <input
              type="radio"
              name="datum"
              checked={datum.value === each}
              onChange={() => {
                chooseDatum(each);
                kept.value = true;
              }}
            />
            <span>{code("datum", each)}</span>
          </label>
        ))}
      </fieldset>
      <button type="button" class="button large wide" onClick={() => void look()}>
        {w("datum.test")}
      </button>
      {trouble.value && (
        <p class="strip amber" role="alert">
          {trouble.value}
        </p>
      )}
      {seen.value && (
        <div class="card">
          <DotMap place={seen.value[datum.value]} />
          <p>
            <strong>{w("datum.question")}</strong>
          </p>
          <p class="soft">
            {w("datum.apart", {
              distance: distance(distanceM(seen.value.wgs84, seen.value.gcj02)),
            })}
          </p>
          <div class="row">
            <button type="button" class="button" onClick={() => (kept.value = true)}>
              {w("datum.yes")}
            </button>
            <button type="button" class="button" onClick={() => chooseDatum(other)}>
              {w("datum.no")}
            </button>
          </div>
        </div>
      )}
      <div aria-live="polite">
        {kept.value && (
          <p class="soft">✓ {w("datum.kept", { datum: code("datum", datum.value) })}</p>
        )}
      </div>
    </section>
  );
}
