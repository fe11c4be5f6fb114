/** The map itself: MapLibre GL, loaded only when a map is shown (see IncidentMap). */
import "maplibre-gl/dist/maplibre-gl.css";
import {
  addProtocol,
  type GeoJSONSource,
  LngLatBounds,
  Map as GlMap,
  type MapMouseEvent,
  type MapTouchEvent,
  setWorkerUrl,
} from "maplibre-gl";
// A file of our own origin beside the others: the policy allows no blob: and no eval.
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?url";
import { Protocol } from "pmtiles";
import type { Language } from "@/i18n";
import type { Basemap } from "./basemap";
import { bandAreas, type Net, net, NETS } from "./cells";
import { letDrag, pointAt } from "./drag";
import { changes, type Counters, featureOf, FrameQueue, type MarkFeature } from "./diffs";
import { fieldOf, SHAPES, type Shape } from "./shapes";
import { linesOf } from "./lines";
import { EMPTY, MARKS } from "./look";
import { markAt } from "./picking";
import { styleOf } from "./style";
import { ROUTE_LAYERS } from "./style-marks";
import type { AnyMark, Band, Kind, Place, Route, Selected, View } from "./types";

setWorkerUrl(new URL(workerUrl, location.origin).href);
addProtocol("pmtiles", new Protocol().tile);

export const KINDS: readonly Kind[] = ["stations", "aeds", "units", "responders", "patients"];
const CHINA: [number, number] = [117.6, 26.26];

export interface Events {
  readonly select: (selected: Selected | null) => void;
  readonly place: (place: Place) => void;
  /** Asked at each click: a place that is looked for now must not open somebody's mark. */
  readonly placing: () => boolean;
  /** Asked at each press: whether the selected mark may be dragged to another place. */
  readonly movable: () => boolean;
  readonly moved: (selected: Selected, place: Place) => void;
  readonly ready: () => void;
  readonly failed: () => void;
}

export class Engine {
  readonly counters: Counters;
  private readonly map: GlMap;
  private readonly queue = new FrameQueue();
  private readonly drawn = new Map<Kind, Map<string, MarkFeature>>();
  private readonly wanted = new Map<Kind, readonly AnyMark[]>();
  private readonly fields = new Map<Shape, ReturnType<typeof fieldOf>>();
  private routes: readonly Route[] = [];
  private bands: readonly Band[] = [];
  private selected: Selected | null = null;
  private hidden: ReadonlySet<string> = new Set();
  private styled = false;
  private netOf = "";
  private viewKey: string | null = null;
  /** Whether it stands where somebody wants it, or where there is something to see. */
  private stands: boolean;
  private readonly still = matchMedia("(prefers-reduced-motion: reduce)").matches;

  constructor(
    private readonly container: HTMLElement,
    private readonly basemap: Basemap,
    private readonly events: Events,
    label: string,
    private language: Language,
  ) {
    this.counters = this.queue.counters;
    const centre = basemap.centre;
    this.stands = centre !== null;
    this.map = new GlMap({
      container,
      style: this.style(),
      center: centre ? [centre[1], centre[0]] : CHINA,
      zoom: basemap.streets ? 13 : 9,
      minZoom: 4,
      maxZoom: 20,
      // Nobody in a hurry wants a map that has turned.
      dragRotate: false,
      pitchWithRotate: false,
      touchPitch: false,
      rollEnabled: false,
      attributionControl: false,
      fadeDuration: 0,
      renderWorldCopies: false,
      locale: { "Map.Title": label },
      canvasContextAttributes: { preserveDrawingBuffer: false },
    });
    this.map.touchZoomRotate.disableRotation();
    this.map.keyboard.disableRotation();
    this.map.on("style.load", () => this.fill());
    this.map.once("load", () => events.ready());
    this.map.on("click", (event) => this.clicked(event));
    this.map.on("mousemove", (event) => {
      if (!events.placing()) this.canvas.style.cursor = this.markAt(event) ? "pointer" : "";
    });
    letDrag(this.map, {
      held: (event) => this.held(event),
      follow: (place) => this.put("selected", pointAt(place)),
      dropped: (place) => this.selected && events.moved(this.selected, place),
      stayed: () => this.updateSelected(),
    });
    this.map.on("styleimagemissing", ({ id }) => this.addShape(id));
    this.map.on("webglcontextlost", () => events.failed());
  }

  get canvas(): HTMLCanvasElement {
    return this.map.getCanvas();
  }

  /** The newest marks of a kind; drawn at the next frame, as changes. */
  show(kind: Kind, marks: readonly AnyMark[]): void {
    this.wanted.set(kind, marks);
    this.queue.wish(kind, () => this.update(kind));
  }

  showRoutes(routes: readonly Route[]): void {
    if (routes.length === 0 && this.routes.length === 0) return;
    this.routes = routes;
    this.queue.wish("routes", () => this.updateRoutes());
  }

  showBands(bands: readonly Band[]): void {
    if (bands.length === 0 && this.bands.length === 0) return;
    this.bands = bands;
    this.queue.wish("bands", () => this.put("bands", bandAreas(this.bands)));
  }

  select(selected: Selected | null): void {
    this.selected = selected;
    this.queue.wish("selected", () => this.updateSelected());
    if (this.routes.length > 0) this.queue.wish("routes", () => this.updateRoutes());
  }

  hide(hidden: ReadonlySet<string>): void {
    this.hidden = hidden;
    if (this.styled) this.applyHidden();
  }

  setPlacing(placing: boolean): void {
    this.canvas.style.cursor = placing ? "crosshair" : "";
  }

  /** The page's colours or language have changed. */
  restyle(language: Language): void {
    this.language = language;
    this.styled = false;
    this.map.setStyle(this.style(), { diff: false });
  }

  view(view: View): void {
    if (view.key === this.viewKey || view.places.length === 0) return;
    // The first time the map stands there at once; later it goes there.
    this.look(view.places, this.viewKey === null);
    this.stands = true;
    this.viewKey = view.key;
  }

  /** Everything that is drawn, or what there is to draw on. */
  fit(): void {
    const places = [...this.drawn.values()].flatMap((each) =>
      [...each.values()].map(({ geometry: { coordinates } }) => ({
        longitude: coordinates[0] ?? 0,
        latitude: coordinates[1] ?? 0,
      })),
    );
    const bounds = this.basemap.bounds;
    if (places.length > 0) this.look(places, false);
    else if (bounds) {
      const [south, west, north, east] = bounds;
      this.look(
        [
          { latitude: south, longitude: west },
          { latitude: north, longitude: east },
        ],
        false,
      );
    }
  }

  zoom(by: number): void {
    this.map.easeTo({ zoom: this.map.getZoom() + by, duration: this.still ? 0 : 200 });
  }

  centre(): Place {
    const { lat, lng } = this.map.getCenter();
    return { latitude: lat, longitude: lng };
  }

  /** Where on the screen a place is, for tests and for what is laid over the map. */
  project(place: Place): { x: number; y: number } {
    const { x, y } = this.map.project([place.longitude, place.latitude]);
    return { x, y };
  }

  /** Whether everything asked for has been fetched and drawn. */
  idle(): boolean {
    return this.styled && this.map.areTilesLoaded() && !this.map.isMoving();
  }

  /** How many things of a layer are on the screen; names of layers as in style.ts. */
  count(layer: string): number {
    return this.map.getLayer(layer)
      ? this.map.queryRenderedFeatures({ layers: [layer] }).length
      : 0;
  }

  resize(): void {
    this.map.resize();
  }

  close(): void {
    this.queue.stop();
    this.map.remove();
  }

  private style() {
    const tokens = getComputedStyle(document.documentElement);
    return styleOf(this.basemap, {
      language: this.language,
      token: (name) => tokens.getPropertyValue(`--${name}`).trim(),
    });
  }

  /** A new style has empty sources: everything is put into them again. */
  private fill(): void {
    this.styled = true;
    this.drawn.clear();
    this.netOf = "";
    for (const shape of Object.keys(SHAPES)) this.addShape(shape);
    for (const kind of KINDS) this.queue.wish(kind, () => this.update(kind));
    this.queue.wish("routes", () => this.updateRoutes());
    this.queue.wish("bands", () => this.put("bands", bandAreas(this.bands)));
    this.queue.wish("selected", () => this.updateSelected());
    this.applyHidden();
  }

  private addShape(id: string): void {
    if (!(id in SHAPES) || this.map.hasImage(id)) return;
    const shape = id as Shape;
    const field = this.fields.get(shape) ?? fieldOf(shape);
    this.fields.set(shape, field);
    this.map.addImage(shape, field, { sdf: true });
  }

  private update(kind: Kind): number {
    if (!this.styled) return 0;
    const before = this.drawn.get(kind) ?? new Map<string, MarkFeature>();
    this.drawn.set(kind, before);
    const marks = this.wanted.get(kind) ?? [];
    const found = changes(
      before,
      marks.map((mark) => featureOf(kind, mark)),
    );
    if (!found) return 0;
    void this.source(kind)?.updateData(found.diff);
    if (!this.stands && (kind === "stations" || kind === "aeds")) {
      this.stands = true;
      this.look(
        marks.map((mark) => mark.place),
        true,
      );
    }
    if (this.selected?.kind === kind) this.queue.wish("selected", () => this.updateSelected());
    if (!this.basemap.streets && (kind === "stations" || kind === "aeds")) {
      this.queue.wish("net", () => this.updateNet());
    }
    return found.count;
  }

  /** Drawn anew only when there are other stations and AEDs, not when one of them changes. */
  private updateNet(): number {
    const places = (["stations", "aeds"] as const).flatMap((kind) =>
      (this.wanted.get(kind) ?? []).map((mark) => mark.place),
    );
    const key = JSON.stringify(
      places.map((each) => [each.latitude.toFixed(3), each.longitude.toFixed(3)]),
    );
    if (key === this.netOf) return 0;
    this.netOf = key;
    return (Object.keys(NETS) as Net[])
      .map((name) => this.put(name, net(name, places)))
      .reduce((sum, count) => sum + count);
  }

  private updateRoutes(): number {
    return this.put("routes", linesOf(this.routes, this.selected?.id));
  }

  private updateSelected(): number {
    const { selected } = this;
    const feature = selected && this.drawn.get(selected.kind)?.get(selected.id);
    return this.put(
      "selected",
      feature && !this.hidden.has(selected.kind)
        ? {
            type: "FeatureCollection",
            features: [{ type: "Feature", properties: {}, geometry: feature.geometry }],
          }
        : EMPTY,
    );
  }

  private put(id: string, areas: GeoJSON.FeatureCollection): number {
    if (!this.styled) return 0;
    void this.source(id)?.setData(areas);
    return Math.max(1, areas.features.length);
  }

  private source(id: string): GeoJSONSource | undefined {
    return this.map.getSource(id);
  }

  private applyHidden(): void {
    const show = (layer: string, name: string): void => {
      if (!this.map.getLayer(layer)) return;
      this.map.setLayoutProperty(layer, "visibility", this.hidden.has(name) ? "none" : "visible");
    };
    for (const kind of KINDS) show(`${MARKS}-${kind}`, kind);
    for (const layer of ["bands", "band-edges", "band-minutes"]) show(layer, "bands");
    for (const layer of ROUTE_LAYERS) show(layer, "routes");
    this.queue.wish("selected", () => this.updateSelected());
  }

  private markAt(event: MapMouseEvent | MapTouchEvent): Selected | null {
    if (!this.styled) return null;
    return markAt(
      this.map,
      KINDS.filter((kind) => !this.hidden.has(kind)),
      event,
    );
  }

  /** Whether the selected mark is under the pointer, and may be dragged away. */
  private held(event: MapMouseEvent | MapTouchEvent): boolean {
    if (!this.selected || !this.events.movable() || this.events.placing()) return false;
    const mark = this.markAt(event);
    return mark?.kind === this.selected.kind && mark.id === this.selected.id;
  }

  private clicked(event: MapMouseEvent): void {
    const mark = this.events.placing() ? null : this.markAt(event);
    if (mark) {
      this.events.select(mark);
      return;
    }
    const { lat, lng } = event.lngLat.wrap();
    this.events.place({ latitude: lat, longitude: lng });
  }

  private look(places: readonly Place[], atOnce: boolean): void {
    const bounds = new LngLatBounds();
    for (const { latitude, longitude } of places) bounds.extend([longitude, latitude]);
    const { clientWidth, clientHeight } = this.container;
    this.map.fitBounds(bounds, {
      padding: Math.min(60, clientWidth / 8, clientHeight / 8),
      maxZoom: 16,
      duration: atOnce || this.still ? 0 : 500,
    });
  }
}
