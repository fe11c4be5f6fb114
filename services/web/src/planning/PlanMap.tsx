/** The map in the middle: cells in one scale, gaps, the circle, places, and what is changed. */
import "@/map/map.css";
import { signal } from "@preact/signals";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { theme } from "@/common/theme";
import { language, t } from "@/i18n";
import { type Basemap, basemap, NOTHING } from "@/map/basemap";
import { t as m } from "@/map/words";
import { Icon } from "@/ui/Icon";
import type { PlanEngine } from "./engine";
import type { Switch } from "./layers";
import { Legend } from "./Legend";
import { MapTools } from "./MapTools";
import { Picked } from "./Picked";
import { coverage, otherCoverage, siting } from "./runs";
import { type Scaled, scaled, type Step } from "./scale";
import * as shapes from "./shapes";
import { movesOf } from "./sited";
import { detail, edited } from "./state";
import { editing, goal, moveSite, picked, tool, useTool } from "./tools";
import { view } from "./view";
import { gapsOf } from "./figures";
import { p } from "./words";

/** Layers stay switched off as long as the page is open. */
export const hidden = signal<ReadonlySet<Switch>>(new Set());
/** The 10-minute circle is of what drives from its station. */
const CIRCLE_S = 600;

/** The engine in its element, for tests: `document.querySelector(".plan-map").map`. */
interface MapElement extends HTMLElement {
  map?: PlanEngine | null;
}

const named = (kind: "aed" | "station", number: string): string =>
  p(kind === "aed" ? "new.aed" : "new.station", { number });

export function PlanMap() {
  const frame = useRef<MapElement>(null);
  const canvas = useRef<HTMLDivElement>(null);
  const engine = useRef<PlanEngine | null>(null);
  const [stage, setStage] = useState<"loading" | "ready" | "none">("loading");
  const [started, setStarted] = useState(false);
  const [drawnOn, setDrawnOn] = useState<Basemap>(NOTHING);

  useEffect(() => {
    let gone = false;
    let seen: ResizeObserver | null = null;
    const start = async (): Promise<void> => {
      if (!document.createElement("canvas").getContext("webgl2")) throw new Error("no WebGL");
      const [{ PlanEngine: Made }, found] = await Promise.all([import("./engine"), basemap()]);
      if (gone || !canvas.current) return;
      setDrawnOn(found);
      const made = new Made(
        canvas.current,
        found,
        {
          site: (site) => (picked.value = { kind: "site", site }),
          cell: (cell) => (picked.value = cell ? { kind: "cell", cell } : null),
          place: (place) => useTool(place, named),
          placing: () => tool.peek() !== null,
          editing: () => editing.peek(),
          moved: moveSite,
          ready: () => setStage("ready"),
          failed: () => setStage("none"),
        },
        p("map.canvas"),
        language.peek(),
      );
      engine.current = made;
      if (frame.current) frame.current.map = made;
      seen = new ResizeObserver(() => made.resize());
      seen.observe(canvas.current);
      setStarted(true);
    };
    start().catch(() => {
      if (!gone) setStage("none");
    });
    return () => {
      gone = true;
      seen?.disconnect();
      engine.current?.close();
      engine.current = null;
    };
  }, []);

  const found = coverage.value;
  const other = otherCoverage.value;
  const { colour, tier } = view.value;
  const scale = useMemo<Scaled | null>(
    () => (found ? scaled(found.cells, colour, tier, other?.cells ?? null) : null),
    [found, other, colour, tier],
  );
  useDrawing(engine, started, scale);
  const look = useRef("");
  const wanted = `${language.value} ${theme.value}`;
  useEffect(() => {
    if (started && look.current !== "" && look.current !== wanted) {
      engine.current?.restyle(language.value);
    }
    if (started) look.current = wanted;
  }, [wanted, started]);

  const pickCentre = (event: KeyboardEvent): void => {
    if (event.key !== "Enter" || !tool.value || event.target !== engine.current?.canvas) return;
    event.preventDefault();
    useTool(engine.current.centre(), named);
  };
  const bounds = detail.value?.bounds;
  const credits = [drawnOn.streets?.attribution, drawnOn.boundaries?.attribution]
    .filter(Boolean)
    .join(" · ");
  return (
    <section
      ref={frame}
      class="plan-map incident-map"
      aria-label={p("map.label")}
      data-stage={stage}
    >
      {stage === "none" ? (
        <p class="empty">{t("noWebgl")}</p>
      ) : (
        // eslint-disable-next-line jsx-a11y/no-static-element-interactions -- keys of the canvas in it
        <div ref={canvas} class="map-canvas" onKeyDown={pickCentre} />
      )}
      {stage === "loading" && (
        <p class="map-note" role="status">
          {m("loading")}
        </p>
      )}
      {tool.value && stage === "ready" && <div class="map-cross" aria-hidden="true" />}
      <MapTools />
      <div class="map-buttons">
        <button type="button" class="button" onClick={() => engine.current?.zoom(1)}>
          <Icon name="plus" label={m("zoomIn")} />
        </button>
        <button type="button" class="button" onClick={() => engine.current?.zoom(-1)}>
          <span aria-hidden="true" class="map-minus" />
          <span class="visually-hidden">{m("zoomOut")}</span>
        </button>
        <button
          type="button"
          class="button"
          disabled={!bounds}
          onClick={() => bounds && engine.current?.fit(bounds)}
        >
          <Icon name="map" label={m("fit")} />
        </button>
      </div>
      <Picked />
      <Legend scale={scale} />
      {credits !== "" && <p class="map-credits">{credits}</p>}
    </section>
  );
}

type Ref = { readonly current: PlanEngine | null };

/** Hands to the map what has changed, each source by itself. */
function useDrawing(engine: Ref, started: boolean, scale: Scaled | null): void {
  const found = coverage.value;
  const sites = edited.value;
  const answer = siting.value;
  const chosen = picked.value;
  const tier = view.value.tier;
  useEffect(() => {
    const cells = found?.cells ?? [];
    const steps = scale?.stepOf ?? new Map<string, Step>();
    engine.current?.put("plan-cells", shapes.cellShapes(cells, steps));
    engine.current?.put("plan-cells-far", shapes.farShapes(cells, steps));
  }, [found, scale, started]);
  useEffect(() => {
    const cells = found?.cells ?? [];
    engine.current?.put(
      "plan-circle",
      shapes.outline(shapes.reached(cells, "ambulance", CIRCLE_S)),
    );
    engine.current?.put("plan-gaps", shapes.outline(gapsOf(found, tier).map((each) => each.cell)));
  }, [found, tier, started]);
  useEffect(() => {
    const drawn = shapes.siteShapes(sites);
    engine.current?.put("plan-aeds", drawn.aeds);
    engine.current?.put("plan-stations", drawn.stations);
    engine.current?.put("plan-recruits", shapes.recruitShapes(sites.recruits));
  }, [sites, started]);
  useEffect(() => {
    engine.current?.put("plan-found", shapes.foundShapes(answer?.sites ?? []));
    engine.current?.put("plan-moves", shapes.moveShapes(movesOf(answer, sites)));
  }, [answer, started]);
  useEffect(() => {
    const cell = chosen?.kind === "cell" ? [chosen.cell] : [];
    engine.current?.put("plan-picked", shapes.outline(cell));
  }, [chosen, started]);
  useEffect(() => engine.current?.hide(hidden.value), [hidden.value, started]);
  const bounds = detail.value?.bounds ?? null;
  const of = useRef("");
  useEffect(() => {
    if (!started || !bounds || of.current === bounds.join()) return;
    engine.current?.fit(bounds, of.current === "");
    of.current = bounds.join();
  }, [bounds, started]);
  useEffect(() => {
    if (goal.value) engine.current?.goTo(goal.value.place, goal.value.zoom);
  }, [goal.value, started]);
}
