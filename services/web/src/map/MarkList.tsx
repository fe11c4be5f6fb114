/** The same as the map, in words: for keyboards, screen readers and maps that cannot be drawn. */
import { useState } from "preact/hooks";
import { meaning, ShapeMark } from "./Legend";
import { shapeOf, toneOf } from "./shapes";
import type { AnyMark, IncidentMapProps, Kind } from "./types";
import { type MapKey, t } from "./words";

const KINDS: readonly Kind[] = ["patients", "responders", "units", "aeds", "stations"];
/** Rows of a kind; a list of thousands helps nobody. */
const MOST = 50;

export function MarkList(props: IncidentMapProps) {
  const [open, setOpen] = useState(false);
  const filled = KINDS.filter((kind) => (props[kind] ?? []).length > 0);
  return (
    <details class="map-list panel" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{t("list")}</summary>
      {open && filled.length === 0 && <p>{t("listEmpty")}</p>}
      {open &&
        filled.map((kind) => (
          <KindList key={kind} kind={kind} marks={props[kind] ?? []} props={props} />
        ))}
    </details>
  );
}

interface KindListProps {
  readonly kind: Kind;
  readonly marks: readonly AnyMark[];
  readonly props: IncidentMapProps;
}

function KindList({ kind, marks, props }: KindListProps) {
  return (
    <section>
      <h3>
        {t(kind)} <span class="numbers">{marks.length}</span>
      </h3>
      <ul>
        {marks.slice(0, MOST).map((mark) => {
          const shape = shapeOf(kind, mark);
          const selected = props.selected?.kind === kind && props.selected.id === mark.id;
          return (
            <li key={mark.id}>
              <button
                type="button"
                class="button quiet"
                aria-pressed={selected}
                onClick={() => props.onSelect?.({ kind, id: mark.id })}
              >
                <ShapeMark shape={shape} tone={toneOf(kind, mark)} />
                <span>
                  {mark.label}
                  <span class="soft">
                    {" "}
                    {meaning(shape, props)}
                    {kind === "responders" && "state" in mark
                      ? ` · ${t(`state.${mark.state}` as MapKey)}`
                      : ""}
                    {mark.stale ? ` · ${t("stale")}` : ""}
                  </span>
                </span>
              </button>
            </li>
          );
        })}
      </ul>
      {marks.length > MOST && <p class="soft">{t("more", { count: marks.length - MOST })}</p>}
    </section>
  );
}
