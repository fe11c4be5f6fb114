/** The way that dispatch found for the accepted task, as lines to draw. */
import { signal } from "@preact/signals";
import { onwards } from "@/common/onwards";
import type { Route } from "@/map";
import { ask } from "./net";
import type { Place, Task, Way } from "./types";

/** With the task that it belongs to; null until one has been read. */
export const way = signal<{ readonly alertId: string; readonly way: Way } | null>(null);

/** Reads it anew: with each reading of the task, so that a wrong turn mends itself. */
export async function readWay(alertId: string): Promise<void> {
  try {
    way.value = { alertId, way: await ask<Way>(`/me/tasks/${alertId}/way`) };
  } catch {
    // No connection, not accepted yet, or there already: a straight line says where it is.
  }
}

/** Through the streets where they are known, else straight from stop to stop. */
export function routesOf(task: Task, viaAed: boolean, me: Place | null): Route[] {
  if (!task.place) return [];
  const legs = way.value?.alertId === task.alert_id ? way.value.way.legs : [];
  if (legs.some((leg) => leg.to === "aed") === viaAed && legs.length > 0) {
    return legs.map((leg, index) => {
      const points = leg.points.map(([latitude, longitude]) => ({ latitude, longitude }));
      return {
        id: `way ${index}`,
        of: "responder",
        guess: leg.drawn === "straight",
        points: index === 0 && me ? onwards(points, me) : points,
      };
    });
  }
  const stops = [...(me ? [me] : []), ...(viaAed && task.aed ? [task.aed.place] : []), task.place];
  return stops.length > 1 ? [{ id: "way", points: stops, of: "responder", guess: true }] : [];
}
