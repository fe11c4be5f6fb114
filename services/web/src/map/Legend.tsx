/** What the shapes mean, and which of them are shown. */
import type { Signal } from "@preact/signals";
import { MINUTES } from "./cells";
import { SHAPES, type Shape, type Tone } from "./shapes";
import type { AedMark, BandsChoice, IncidentMapProps, Kind } from "./types";
import { type MapKey, t } from "./words";

/** A shape in a line of text. */
export function ShapeMark({ shape, tone }: { shape: Shape; tone: Tone }) {
  return (
    <svg class={`shape-mark ${tone}`} viewBox="0 0 24 24" aria-hidden="true">
      <path d={SHAPES[shape]} fill-rule="evenodd" />
    </svg>
  );
}

function WayMark({ guess = false }: { guess?: boolean }) {
  return (
    <svg class="way-mark" viewBox="0 0 24 6" aria-hidden="true">
      <line x1="1" y1="3" x2="23" y2="3" stroke-dasharray={guess ? "5 3.5" : undefined} />
    </svg>
  );
}

/** Of several kinds of bands one is shown: two of them over one another say nothing. */
function BandsFrom({ options, chosen, onChoose }: BandsChoice) {
  return (
    <fieldset class="legend-choice">
      <legend class="visually-hidden">{t("bands")}</legend>
      {options.map(({ id, label }) => (
        <label key={id} class="legend-switch">
          <input
            type="radio"
            name="bands-from"
            checked={id === chosen}
            onChange={() => onChoose(id)}
          />
          {label}
        </label>
      ))}
    </fieldset>
  );
}

/** What a shape says on this page. */
export function meaning(shape: Shape, { aedWords }: IncidentMapProps): string {
  const [kind, state] = shape.split(".");
  const own = kind === "aeds" ? aedWords?.[state as AedMark["state"]] : undefined;
  return own ?? t(`mark.${shape}` satisfies MapKey);
}

const ROWS: readonly { kind: Kind; shapes: readonly (readonly [Shape, Tone])[] }[] = [
  {
    kind: "patients",
    shapes: [
      ["patients.waiting", "red"],
      ["patients.reached", "green"],
    ],
  },
  {
    kind: "responders",
    shapes: [
      ["responders.direct", "text"],
      ["responders.via_aed", "text"],
      ["responders.guide", "text"],
    ],
  },
  {
    kind: "aeds",
    shapes: [
      ["aeds.open", "text-soft"],
      ["aeds.closed", "text-soft"],
      ["aeds.doubtful", "amber"],
    ],
  },
  {
    kind: "units",
    shapes: [
      ["units.free", "text"],
      ["units.busy", "text"],
      ["units.out_of_service", "text-soft"],
    ],
  },
  {
    kind: "stations",
    shapes: [
      ["stations.station", "text-soft"],
      ["stations.hospital", "text-soft"],
    ],
  },
];

interface LegendProps {
  readonly props: IncidentMapProps;
  readonly hidden: Signal<ReadonlySet<string>>;
}

export function Legend({ props, hidden }: LegendProps) {
  const flip = (name: string): void => {
    const next = new Set(hidden.value);
    if (!next.delete(name)) next.add(name);
    hidden.value = next;
  };
  const toggle = (name: Kind | "bands" | "routes", words: string) => (
    <label class="legend-switch">
      <input type="checkbox" checked={!hidden.value.has(name)} onChange={() => flip(name)} />
      {words}
    </label>
  );
  return (
    <details class="map-legend panel">
      <summary>{t("legend")}</summary>
      {ROWS.filter(({ kind }) => props[kind] !== undefined).map(({ kind, shapes }) => (
        <div key={kind}>
          {toggle(kind, t(kind))}
          <ul>
            {shapes.map(([shape, tone]) => (
              <li key={shape}>
                <ShapeMark shape={shape} tone={tone} /> {meaning(shape, props)}
              </li>
            ))}
          </ul>
        </div>
      ))}
      {props.bands !== undefined && (
        <div>
          {toggle(
            "bands",
            props.bandsLabel && !props.bandsChoice
              ? `${t("bands")} · ${props.bandsLabel}`
              : t("bands"),
          )}
          {props.bandsChoice && <BandsFrom {...props.bandsChoice} />}
          <ul class="legend-bands">
            {MINUTES.map((minutes, step) => (
              <li key={minutes}>
                <span class={`band-mark step-${step}`} aria-hidden="true" />
                {t("minutes", { minutes })}
              </li>
            ))}
          </ul>
        </div>
      )}
      {props.routes !== undefined && (
        <div>
          {toggle("routes", t("routes"))}
          <ul>
            <li>
              <WayMark /> {t("route.streets")}
            </li>
            <li>
              <WayMark guess /> {t("route.guess")}
            </li>
          </ul>
        </div>
      )}
    </details>
  );
}
