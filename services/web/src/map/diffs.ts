/** What has changed between two pictures, and when it is handed to the map: at most once a frame. */
import type { AnyMark, Kind } from "./types";
import { shapeOf, toneOf } from "./shapes";

export interface MarkFeature {
  readonly type: "Feature";
  readonly id: string;
  readonly geometry: GeoJSON.Point;
  readonly properties: Readonly<Record<string, string | number | boolean>>;
}

export interface Diff {
  removeAll?: boolean;
  remove?: string[];
  add?: MarkFeature[];
  update?: {
    id: string;
    newGeometry?: GeoJSON.Point;
    addOrUpdateProperties?: { key: string; value: string | number | boolean }[];
  }[];
}

/** Higher is drawn over lower. */
const ORDER: Record<Kind, number> = { stations: 1, aeds: 2, units: 3, responders: 4, patients: 5 };

export function featureOf(kind: Kind, mark: AnyMark): MarkFeature {
  return {
    type: "Feature",
    id: mark.id,
    geometry: {
      type: "Point",
      coordinates: [mark.place.longitude, mark.place.latitude],
    },
    properties: {
      id: mark.id,
      kind,
      shape: shapeOf(kind, mark),
      tone: toneOf(kind, mark),
      label: mark.label,
      faint: mark.stale === true,
      order: ORDER[kind],
    },
  };
}

/** The changes from `before` (which is brought up to date) to `after`; null when there are none. */
export function changes(
  before: Map<string, MarkFeature>,
  after: readonly MarkFeature[],
): { diff: Diff; count: number } | null {
  const add: MarkFeature[] = [];
  const update: NonNullable<Diff["update"]> = [];
  const seen = new Set<string>();
  for (const feature of after) {
    if (seen.has(feature.id)) continue;
    seen.add(feature.id);
    const old = before.get(feature.id);
    if (!old) {
      add.push(feature);
    } else {
      const moved =
        old.geometry.coordinates[0] !== feature.geometry.coordinates[0] ||
        old.geometry.coordinates[1] !== feature.geometry.coordinates[1];
      const said = Object.entries(feature.properties)
        .filter(([key, value]) => old.properties[key] !== value)
        .map(([key, value]) => ({ key, value }));
      if (!moved && said.length === 0) continue;
      update.push({
        id: feature.id,
        ...(moved ? { newGeometry: feature.geometry } : {}),
        ...(said.length > 0 ? { addOrUpdateProperties: said } : {}),
      });
    }
    before.set(feature.id, feature);
  }
  const remove = [...before.keys()].filter((id) => !seen.has(id));
  for (const id of remove) before.delete(id);
  const count = add.length + update.length + remove.length;
  if (count === 0) return null;
  return {
    diff: {
      ...(remove.length > 0 ? { remove } : {}),
      ...(add.length > 0 ? { add } : {}),
      ...(update.length > 0 ? { update } : {}),
    },
    count,
  };
}

/** What drawing has cost so far; tests count, they do not time. */
export interface Counters {
  /** Frames in which anything was handed to the map. */
  frames: number;
  /** Hand-overs by source: never more than one each in a frame. */
  updates: Record<string, number>;
  /** Marks added, changed or removed. */
  changed: number;
  /** Pictures handed in by the page; more than frames when it is in a hurry. */
  wishes: number;
}

/** Gathers wishes by name and carries out the newest of each at the next frame. */
export class FrameQueue {
  readonly counters: Counters = { frames: 0, updates: {}, changed: 0, wishes: 0 };
  private readonly waiting = new Map<string, () => number>();
  private frame = 0;

  constructor(
    private readonly request: (run: () => void) => number = (run) => requestAnimationFrame(run),
    private readonly cancel: (frame: number) => void = (frame) => cancelAnimationFrame(frame),
  ) {}

  /** `work` returns how many things it changed; 0: nothing was handed over. */
  wish(name: string, work: () => number): void {
    this.counters.wishes += 1;
    this.waiting.set(name, work);
    if (this.frame === 0) this.frame = this.request(() => this.run());
  }

  stop(): void {
    if (this.frame !== 0) this.cancel(this.frame);
    this.waiting.clear();
  }

  private run(): void {
    this.frame = 0;
    const now = [...this.waiting];
    this.waiting.clear();
    let handed = false;
    for (const [name, work] of now) {
      const changed = work();
      if (changed === 0) continue;
      handed = true;
      this.counters.changed += changed;
      this.counters.updates[name] = (this.counters.updates[name] ?? 0) + 1;
    }
    if (handed) this.counters.frames += 1;
  }
}
