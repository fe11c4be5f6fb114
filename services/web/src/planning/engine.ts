/** The planner's map: MapLibre GL, loaded only when it is shown (see PlanMap). */
import "maplibre-gl/dist/maplibre-gl.css";
import {
  addProtocol,
  type GeoJSONSource,
  Map as GlMap,
  type MapMouseEvent,
  type MapTouchEvent,
  setWorkerUrl,
} from "maplibre-gl";
// A file of our own origin beside the others: the policy allows no blob: and no eval.
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?url";
import { Protocol } from "pmtiles";
import type { Language } from "@/i18n";
import type { Basemap } from "@/map/basemap";
import { EMPTY, type Look } from "@/map/look";
import { fieldOf, SHAPES, type Shape } from "@/map/shapes";
import { styleOf } from "@/map/style";
import { planLayers, SITE_LAYERS, type Source, SOURCES, type Switch, SWITCHES } from "./layers";
import type { Place } from "./types";

setWorkerUrl(new URL(workerUrl, location.origin).href);
addProtocol("pmtiles", new Protocol().tile);

const NEAR_PX = 10;
const CHINA: [number, number] = [117.6, 26.26];
/** Below the marks of places, so that names stay readable. */
const BELOW = "marks-stations";

export interface Site {
  readonly kind: "aeds" | "stations";
  readonly id: string;
}

export interface Events {
  readonly site: (site: Site) => void;
  readonly cell: (cell: string | null) => void;
  readonly place: (place: Place) => void;
  readonly placing: () => boolean;
  /** Whether places may be dragged now. */
  readonly editing: () => boolean;
  readonly moved: (site: Site, to: Place) => void;
  readonly ready: () => void;
  readonly failed: () => void;
}

export class PlanEngine {
  private readonly map: GlMap;
  private readonly shown = new Map<Source, GeoJSON.FeatureCollection>();
  private readonly fields = new Map<Shape, ReturnType<typeof fieldOf>>();
  private hidden: ReadonlySet<Switch> = new Set();
  private styled = false;
  private readonly still = matchMedia("(prefers-reduced-motion: reduce)").matches;

  constructor(
    private readonly container: HTMLElement,
    private readonly basemap: Basemap,
    private readonly events: Events,
    label: string,
    private language: Language,
  ) {
    const centre = basemap.centre;
    this.map = new GlMap({
      container,
      style: this.style(),
      center: centre ? [centre[1], centre[0]] : CHINA,
      zoom: 8,
      minZoom: 4,
      maxZoom: 18,
      dragRotate: false,
      pitchWithRotate: false,
      touchPitch: false,
      rollEnabled: false,
      attributionControl: false,
      fadeDuration: 0,
      renderWorldCopies: false,
      locale: { "Map.Title": label },
    });
    this.map.touchZoomRotate.disableRotation();
    this.map.keyboard.disableRotation();
    this.map.on("style.load", () => this.fill());
    this.map.once("load", () => events.ready());
    this.map.on("click", (event) => this.clicked(event));
    this.map.on("mousedown", (event) => this.grabbed(event));
    this.map.on("touchstart", (event) => {
      if (event.points.length === 1) this.grabbed(event);
    });
    this.map.on("mousemove", (event) => {
      const over = this.siteAt(event) !== null;
      this.canvas.style.cursor = events.placing() ? "crosshair" : over ? "pointer" : "";
    });
    this.map.on("webglcontextlost", () => events.failed());
  }

  get canvas(): HTMLCanvasElement {
    return this.map.getCanvas();
  }

  put(source: Source, shapes: GeoJSON.FeatureCollection): void {
    this.shown.set(source, shapes);
    if (this.styled) void this.map.getSource<GeoJSONSource>(source)?.setData(shapes);
  }

  hide(hidden: ReadonlySet<Switch>): void {
    this.hidden = hidden;
    if (!this.styled) return;
    for (const [name, layers] of Object.entries(SWITCHES)) {
      for (const layer of layers) {
        this.map.setLayoutProperty(
          layer,
          "visibility",
          hidden.has(name as Switch) ? "none" : "visible",
        );
      }
    }
  }

  restyle(language: Language): void {
    this.language = language;
    this.styled = false;
    this.map.setStyle(this.style(), { diff: false });
  }

  /** Everything between two corners: west, south, east, north. */
  fit([west, south, east, north]: readonly [number, number, number, number], atOnce = false): void {
    const { clientWidth, clientHeight } = this.container;
    this.map.fitBounds([west, south, east, north], {
      padding: Math.min(40, clientWidth / 10, clientHeight / 10),
      maxZoom: 15,
      duration: atOnce || this.still ? 0 : 500,
    });
  }

  goTo({ latitude, longitude }: Place, zoom = 12): void {
    this.map.easeTo({
      center: [longitude, latitude],
      zoom: Math.max(zoom, this.map.getZoom()),
      duration: this.still ? 0 : 500,
    });
  }

  zoom(by: number): void {
    this.map.easeTo({ zoom: this.map.getZoom() + by, duration: this.still ? 0 : 200 });
  }

  centre(): Place {
    const { lat, lng } = this.map.getCenter();
    return { latitude: lat, longitude: lng };
  }

  /** Where on the screen a place is, for tests. */
  project(place: Place): { x: number; y: number } {
    const { x, y } = this.map.project([place.longitude, place.latitude]);
    return { x, y };
  }

  /** Whether everything asked for has been fetched and drawn. */
  idle(): boolean {
    return this.styled && this.map.areTilesLoaded() && !this.map.isMoving();
  }

  resize(): void {
    this.map.resize();
  }

  close(): void {
    this.map.remove();
  }

  private look(): Look {
    const tokens = getComputedStyle(document.documentElement);
    return {
      language: this.language,
      token: (name) => tokens.getPropertyValue(`--${name}`).trim(),
    };
  }

  private style() {
    return styleOf(this.basemap, this.look());
  }

  private fill(): void {
    for (const shape of Object.keys(SHAPES) as Shape[]) {
      const field = this.fields.get(shape) ?? fieldOf(shape);
      this.fields.set(shape, field);
      if (!this.map.hasImage(shape)) this.map.addImage(shape, field, { sdf: true });
    }
    for (const source of SOURCES) {
      // From far away a cell is smaller than what is left out as a rule, and they would all be.
      const data = this.shown.get(source) ?? EMPTY;
      this.map.addSource(source, { type: "geojson", data, tolerance: 0 });
    }
    for (const layer of planLayers(this.look())) this.map.addLayer(layer, BELOW);
    this.styled = true;
    this.hide(this.hidden);
  }

  /** The site nearest to where somebody points. */
  private siteAt({ point }: MapMouseEvent | MapTouchEvent): Site | null {
    if (!this.styled) return null;
    const found = this.map.queryRenderedFeatures(
      [
        [point.x - NEAR_PX, point.y - NEAR_PX],
        [point.x + NEAR_PX, point.y + NEAR_PX],
      ],
      { layers: [...SITE_LAYERS] },
    );
    let best: { site: Site; away: number } | null = null;
    for (const { geometry, properties } of found) {
      if (geometry.type !== "Point") continue;
      const [longitude = 0, latitude = 0] = geometry.coordinates;
      const at = this.project({ latitude, longitude });
      const away = Math.hypot(at.x - point.x, at.y - point.y);
      if (best && best.away <= away) continue;
      const site = { kind: properties["kind"] as Site["kind"], id: String(properties["id"]) };
      best = { site, away };
    }
    return best?.site ?? null;
  }

  private clicked(event: MapMouseEvent): void {
    const { lat, lng } = event.lngLat.wrap();
    if (this.events.placing()) {
      this.events.place({ latitude: lat, longitude: lng });
      return;
    }
    const site = this.siteAt(event);
    if (site) {
      this.events.site(site);
      return;
    }
    if (!this.styled) return;
    const [cell] = this.map.queryRenderedFeatures(event.point, { layers: ["plan-cells"] });
    this.events.cell(cell ? String(cell.properties["cell"]) : null);
  }

  /** A place is taken by the mouse or a finger, carried, and set down. */
  private grabbed(event: MapMouseEvent | MapTouchEvent): void {
    if (!this.events.editing() || this.events.placing()) return;
    const site = this.siteAt(event);
    if (!site) return;
    // The map itself stays where it is.
    event.preventDefault();
    const source: Source = site.kind === "aeds" ? "plan-aeds" : "plan-stations";
    let to: Place | null = null;
    const carry = (now: MapMouseEvent | MapTouchEvent): void => {
      const { lat, lng } = now.lngLat.wrap();
      to = { latitude: lat, longitude: lng };
      void this.map.getSource<GeoJSONSource>(source)?.setData(this.carried(source, site.id, to));
    };
    const drop = (): void => {
      for (const each of heard) each.unsubscribe();
      if (to) this.events.moved(site, to);
    };
    const heard = [
      this.map.on("mousemove", carry),
      this.map.on("touchmove", carry),
      this.map.on("mouseup", drop),
      this.map.on("touchend", drop),
      this.map.on("touchcancel", drop),
    ];
  }

  private carried(source: Source, id: string, to: Place): GeoJSON.FeatureCollection {
    const now = this.shown.get(source) ?? EMPTY;
    return {
      ...now,
      features: now.features.map((each) =>
        each.properties?.["id"] === id
          ? {
              ...each,
              properties: { ...each.properties, state: "moved" },
              geometry: { type: "Point", coordinates: [to.longitude, to.latitude] },
            }
          : each,
      ),
    };
  }
}
