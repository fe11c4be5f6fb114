/** Where one lives and works, as areas; worked out on the phone. */
import { useSignal } from "@preact/signals";
import { Icon } from "@/ui/Icon";
import { ALWAYS, type Days, hoursOf, type Span, spanOf } from "./hours";
import { datum, locate } from "./live";
import { PlacesMap } from "./PlacesMap";
import { cellOf } from "./place";
import { Saved, useSaving } from "./Save";
import type { PlaceKind, Profile, UsualPlace } from "./types";
import { code, w } from "./words";

const WORKING: Span = { days: "Mo-Fr", from: "08:00", until: "18:00" };
/** A position vaguer than a cell is wide may name the neighbouring one. */
const VAGUE_M = 75;

/** Looked at in this order, so places with hours go before those that always count. */
const ordered = (places: readonly UsualPlace[]): UsualPlace[] =>
  places.toSorted((a, b) => Number(a.hours === ALWAYS) - Number(b.hours === ALWAYS));

export function Places({ who }: { who: Profile }) {
  const saving = useSaving();
  const finding = useSignal(false);
  const trouble = useSignal<string | null>(null);
  const places: readonly UsualPlace[] = who.places ?? [];
  const save = (next: readonly UsualPlace[]): Promise<boolean> =>
    saving.save({ places: ordered(next) });
  const here = async (kind: PlaceKind, at: number): Promise<void> => {
    finding.value = true;
    trouble.value = null;
    try {
      const fix = await locate();
      const cell = await cellOf(fix, datum.peek());
      if (fix.accuracyM > VAGUE_M) {
        trouble.value = w("places.vague", { metres: Math.round(fix.accuracyM) });
      }
      const fresh = { kind, cell, hours: kind === "work" ? hoursOf(WORKING) : ALWAYS };
      await save(
        at < 0
          ? [...places, fresh]
          : places.map((place, index) => (index === at ? { ...place, cell } : place)),
      );
    } catch (error) {
      const denied = error instanceof Error && error.message === "denied";
      trouble.value = w(denied ? "places.denied" : "places.noFix");
    } finally {
      finding.value = false;
    }
  };
  const change = (at: number, hours: string): void =>
    void save(places.map((place, index) => (index === at ? { ...place, hours } : place)));
  return (
    <section class="stack">
      <p>{w("places.lead")}</p>
      {places.map((place, at) => (
        <article key={`${place.kind}${place.cell}`} class="card">
          <h2>
            <Icon name="home" /> {code("place", place.kind)}
          </h2>
          <p class="soft numbers">{w("places.kept", { cell: place.cell })}</p>
          <Hours hours={place.hours} onChange={(hours) => change(at, hours)} />
          <div class="row">
            <button
              type="button"
              class="button"
              disabled={finding.value}
              onClick={() => void here(place.kind, at)}
            >
              {w("places.replace")}
            </button>
            <button
              type="button"
              class="button"
              onClick={() => void save(places.filter((_, index) => index !== at))}
            >
              {w("places.remove")}
            </button>
          </div>
        </article>
      ))}
      {(["home", "work"] as const)
        .filter((kind) => !places.some((place) => place.kind === kind))
        .map((kind) => (
          <button
            key={kind}
            type="button"
            class="button large wide"
            disabled={finding.value}
            onClick={() => void here(kind, -1)}
          >
            {w(kind === "home" ? "places.hereHome" : "places.hereWork")}
          </button>
        ))}
      <div aria-live="polite">
        {finding.value && <p class="soft">{w("places.finding")}</p>}
        {trouble.value && <p class="strip amber">{trouble.value}</p>}
      </div>
      <Saved saving={saving} />
      <p class="soft">{w("places.order")}</p>
      {places.length > 0 && <PlacesMap cells={places.map((place) => place.cell)} />}
    </section>
  );
}

const DAYS: readonly Days[] = ["Mo-Su", "Mo-Fr", "Sa-Su"];

function Hours({ hours, onChange }: { hours: string; onChange: (hours: string) => void }) {
  const span = spanOf(hours);
  const shown = span ?? WORKING;
  const set = (change: Partial<Span>): void => onChange(hoursOf({ ...shown, ...change }));
  const choice = hours === ALWAYS ? ALWAYS : span ? span.days : hours;
  return (
    <div class="hours">
      <label class="field">
        <span>{w("places.hours")}</span>
        <select
          value={choice}
          onChange={(event) => {
            const value = event.currentTarget.value;
            if (value === ALWAYS) onChange(ALWAYS);
            else if (DAYS.some((days) => days === value)) set({ days: value as Days });
          }}
        >
          <option value={ALWAYS}>{w("places.always")}</option>
          {DAYS.map((days) => (
            <option key={days} value={days}>
              {w(`places.days.${days}`)}
            </option>
          ))}
          {hours !== ALWAYS && !span && <option value={hours}>{hours}</option>}
        </select>
      </label>
      {span && (
        <div class="times">
          <label class="field">
            <span>{w("quiet.from")}</span>
            <input
              type="time"
              value={span.from}
              required
              onChange={(event) => set({ from: event.currentTarget.value })}
            />
          </label>
          <label class="field">
            <span>{w("quiet.until")}</span>
            <input
              type="time"
              value={span.until}
              required
              onChange={(event) => set({ until: event.currentTarget.value })}
            />
          </label>
        </div>
      )}
    </div>
  );
}
