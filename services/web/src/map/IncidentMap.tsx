/** The map of incidents: marks, ways, minute bands; with a list of the same for who wants words. */
import "./map.css";
import { signal } from "@preact/signals";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { theme } from "@/common/theme";
import { language } from "@/i18n";
import { Icon } from "@/ui/Icon";
import { type Basemap, basemap, NOTHING } from "./basemap";
import type { Engine } from "./engine";
import { Legend } from "./Legend";
import { MarkList } from "./MarkList";
import { Sketch } from "./Sketch";
import type { IncidentMapProps, Kind } from "./types";
import { t } from "./words";

type Stage = "loading" | "ready" | "sketch";

const KINDS: readonly Kind[] = ["patients", "responders", "aeds", "units", "stations"];
/** Layers stay switched off from map to map, as long as the page is open. */
const hidden = signal<ReadonlySet<string>>(new Set());

/** The engine of the map in an element, for tests: `document.querySelector(".incident-map").map`. */
interface MapElement extends HTMLDivElement {
  map?: Engine | null;
}

export function IncidentMap(props: IncidentMapProps) {
  const frame = useRef<MapElement>(null);
  const canvas = useRef<HTMLDivElement>(null);
  const engine = useRef<Engine | null>(null);
  const newest = useRef(props);
  newest.current = props;
  const [stage, setStage] = useState<Stage>("loading");
  const [started, setStarted] = useState(false);
  const [drawnOn, setDrawnOn] = useState<Basemap>(NOTHING);
  const chosenLanguage = language.value;
  const chosenTheme = theme.value;

  useEffect(() => {
    let gone = false;
    let seen: ResizeObserver | null = null;
    const start = async (): Promise<void> => {
      if (!document.createElement("canvas").getContext("webgl2")) throw new Error("no WebGL");
      const [{ Engine: Made }, found] = await Promise.all([import("./engine"), basemap()]);
      if (gone || !canvas.current) return;
      setDrawnOn(found);
      const made = new Made(
        canvas.current,
        found,
        {
          select: (selected) => newest.current.onSelect?.(selected),
          place: (place) => newest.current.onPlace?.(place),
          placing: () => newest.current.placing === true,
          movable: () => newest.current.onMove !== undefined,
          moved: (selected, place) => newest.current.onMove?.(selected, place),
          ready: () => setStage("ready"),
          failed: () => setStage("sketch"),
        },
        newest.current.label,
        language.peek(),
      );
      engine.current = made;
      if (frame.current) frame.current.map = made;
      seen = new ResizeObserver(() => made.resize());
      seen.observe(canvas.current);
      setStarted(true);
    };
    start().catch(() => {
      if (!gone) setStage("sketch");
    });
    return () => {
      gone = true;
      seen?.disconnect();
      engine.current?.close();
      engine.current = null;
    };
  }, []);

  for (const kind of KINDS) {
    const marks = props[kind];
    // Hooks in a loop: the kinds are always the same.
    useEffect(() => engine.current?.show(kind, marks ?? []), [marks, started]);
  }
  useEffect(() => engine.current?.showRoutes(props.routes ?? []), [props.routes, started]);
  useEffect(() => engine.current?.showBands(props.bands ?? []), [props.bands, started]);
  useEffect(() => {
    engine.current?.select(props.selected ?? null);
  }, [props.selected?.kind, props.selected?.id, started]);
  useEffect(() => {
    if (props.view) engine.current?.view(props.view);
  }, [props.view, started]);
  useEffect(() => engine.current?.setPlacing(props.placing === true), [props.placing, started]);
  useEffect(() => engine.current?.hide(hidden.value), [hidden.value, started]);
  const look = useRef("");
  useEffect(() => {
    const now = `${chosenLanguage} ${chosenTheme}`;
    if (started && look.current !== "" && look.current !== now) {
      engine.current?.restyle(chosenLanguage);
    }
    if (started) look.current = now;
  }, [chosenLanguage, chosenTheme, started]);

  const credits = useMemo(
    () =>
      [drawnOn.streets?.attribution, drawnOn.boundaries?.attribution].filter(Boolean).join(" · "),
    [drawnOn],
  );
  const pickCentre = (event: KeyboardEvent): void => {
    if (event.key !== "Enter" || !props.placing || event.target !== engine.current?.canvas) return;
    event.preventDefault();
    props.onPlace?.(engine.current.centre());
  };

  return (
    <section
      ref={frame}
      class={`incident-map ${stage}`}
      aria-label={props.label}
      data-stage={stage}
    >
      {stage === "sketch" ? (
        <Sketch {...props} />
      ) : (
        // eslint-disable-next-line jsx-a11y/no-static-element-interactions -- keys of the canvas in it
        <div ref={canvas} class="map-canvas" onKeyDown={pickCentre} />
      )}
      {stage === "loading" && (
        <p class="map-note" role="status">
          {t("loading")}
        </p>
      )}
      {props.placing && stage !== "sketch" && (
        <>
          <div class="map-cross" aria-hidden="true" />
          <p class="map-note" role="status">
            {t("placing")} {t("keys")}
          </p>
        </>
      )}
      {stage === "ready" && (
        <div class="map-buttons">
          <button
            type="button"
            class="button"
            title={t("zoomIn")}
            onClick={() => engine.current?.zoom(1)}
          >
            <Icon name="plus" label={t("zoomIn")} />
          </button>
          <button
            type="button"
            class="button"
            title={t("zoomOut")}
            onClick={() => engine.current?.zoom(-1)}
          >
            <span aria-hidden="true" class="map-minus" />
            <span class="visually-hidden">{t("zoomOut")}</span>
          </button>
          <button
            type="button"
            class="button"
            title={t("fit")}
            onClick={() => engine.current?.fit()}
          >
            <Icon name="map" label={t("fit")} />
          </button>
        </div>
      )}
      {!props.plain && stage !== "sketch" && <Legend props={props} hidden={hidden} />}
      {!props.plain && <MarkList {...props} />}
      {(credits !== "" || (stage === "ready" && !drawnOn.streets)) && (
        <p class="map-credits">{credits === "" ? t("noStreets") : credits}</p>
      )}
    </section>
  );
}
