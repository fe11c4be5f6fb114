/** Where things lie to one another, without WebGL and without a background. */
import { projection, SIDE } from "./projection";
import { SHAPES, shapeOf, toneOf } from "./shapes";
import type { AnyMark, IncidentMapProps, Kind } from "./types";
import { t } from "./words";

const KINDS: readonly Kind[] = ["stations", "aeds", "units", "responders", "patients"];
/** Of a kind: more would be a blot. */
const MOST = 300;

export function Sketch(props: IncidentMapProps) {
  const marks = KINDS.flatMap((kind) =>
    (props[kind] ?? []).slice(0, MOST).map((mark: AnyMark) => ({ kind, mark })),
  );
  if (marks.length === 0) return <p class="map-note">{t("sketchEmpty")}</p>;
  const at = projection(marks.map(({ mark }) => mark.place));
  return (
    <div class="map-sketch">
      <p class="map-note" role="status">
        {t("sketch")} {t("north")}
      </p>
      <svg viewBox={`0 0 ${SIDE} ${SIDE}`} role="img" aria-label={props.label}>
        {(props.routes ?? []).map((route) => (
          <polyline
            key={route.id}
            class={`sketch-route ${route.guess ? "guess" : ""}`}
            points={route.points.map((each) => `${at(each).x},${at(each).y}`).join(" ")}
          />
        ))}
        {marks.map(({ kind, mark }) => {
          const { x, y } = at(mark.place);
          const size = kind === "patients" ? 2 : 1.2;
          const chosen = props.selected?.kind === kind && props.selected.id === mark.id;
          return (
            <g key={`${kind} ${mark.id}`} opacity={mark.stale ? 0.45 : 1}>
              {chosen && <circle cx={x} cy={y} r={34} class="sketch-selected" />}
              <path
                class={`shape-mark ${toneOf(kind, mark)}`}
                fill-rule="evenodd"
                d={SHAPES[shapeOf(kind, mark)]}
                transform={`translate(${x - 12 * size} ${y - 12 * size}) scale(${size})`}
              />
              {(kind === "patients" || chosen) && (
                <text x={x} y={y + 48} text-anchor="middle">
                  {mark.label}
                </text>
              )}
            </g>
          );
        })}
      </svg>
    </div>
  );
}
