/** What the station's page knows: its units, and the orders that they are on. */
import { computed, signal } from "@preact/signals";
import type { components as Dispatch } from "@/api/generated/dispatch";
import type { components as Stations } from "@/api/generated/ambulance_stations";
import { alarm } from "@/common/alarm";
import { data, dispatch, idempotencyKey, stations } from "@/common/api";
import { type LiveStream, openStream } from "@/common/stream";

export type Order = Dispatch["schemas"]["OrderForCrew"];
export type OrderSummary = Dispatch["schemas"]["OrderOut"];
export type Unit = Stations["schemas"]["UnitOut"];
export type Station = Stations["schemas"]["StationOut"];
export type OrderState = Dispatch["schemas"]["OrderState"];
export type UnitState = Stations["schemas"]["UnitState"];

export const station = signal<Station | null>(null);
export const units = signal<readonly Unit[] | null>(null);
export const orders = signal<ReadonlyMap<string, Order>>(new Map());
export const stream = signal<LiveStream | null>(null);
export const failure = signal<unknown>(null);
/** Units and orders whose last tap has not been answered yet. */
export const pending = signal<ReadonlySet<string>>(new Set());

export const active = computed(() =>
  [...orders.value.values()].sort((a, b) => a.notified_at.localeCompare(b.notified_at)),
);

/** The next steps that a crew can say in each state of an order, the likeliest first. */
export const NEXT: Partial<Record<OrderState, readonly OrderState[]>> = {
  notified: ["acknowledged"],
  acknowledged: ["mobile"],
  mobile: ["on_scene"],
  on_scene: ["at_patient", "free"],
  at_patient: ["transporting", "free"],
  transporting: ["at_hospital"],
  at_hospital: ["free"],
};

/** What a station may say of a unit that is on no order. */
export const SETTABLE: readonly UnitState[] = [
  "available",
  "returning",
  "off_duty",
  "out_of_service",
];

async function guarded(key: string, action: () => Promise<void>): Promise<void> {
  if (pending.value.has(key)) return;
  pending.value = new Set([...pending.value, key]);
  failure.value = null;
  try {
    await action();
  } catch (error) {
    failure.value = error;
  } finally {
    pending.value = new Set([...pending.value].filter((each) => each !== key));
  }
}

async function readUnits(): Promise<void> {
  const id = station.value?.id;
  if (!id) return;
  const page = data(
    await stations.GET("/units", { params: { query: { station_id: id, limit: 1000 } } }),
  );
  units.value = page.items;
}

async function heard(summary: OrderSummary): Promise<void> {
  const next = new Map(orders.value);
  const known = next.get(summary.id);
  if (summary.ended_at) {
    next.delete(summary.id);
    orders.value = next;
  } else {
    if (!known && summary.state === "notified") alarm(6);
    // The way to the patient is asked for once, and kept while the order lasts.
    const full: Order = known
      ? { ...known, ...summary }
      : data(
          await dispatch.GET("/orders/{order_id}", { params: { path: { order_id: summary.id } } }),
        );
    orders.value = new Map(orders.value).set(summary.id, full);
  }
  await readUnits();
}

/** Follows a station until the page is left. */
export async function follow(id: string): Promise<void> {
  stream.value?.close();
  failure.value = null;
  try {
    station.value = data(
      await stations.GET("/stations/{station_id}", { params: { path: { station_id: id } } }),
    );
    await readUnits();
  } catch (error) {
    failure.value = error;
    return;
  }
  // One after the other: two changes of one order must not overtake each other.
  let last = Promise.resolve();
  stream.value = openStream({
    url: "/api/orders/stream",
    onEvent: ({ event, data: told }) => {
      if (event !== "order") return;
      const order = told as OrderSummary;
      if (order.station_id !== id) return;
      last = last.then(() => heard(order)).catch((error: unknown) => void (failure.value = error));
    },
    onReconnect: () => {
      // What ended meanwhile is not told again.
      orders.value = new Map();
      void readUnits();
    },
  });
}

export const takeStep = (order: Order, step: OrderState): Promise<void> =>
  guarded(order.id, async () => {
    const answer = data(
      await dispatch.POST("/orders/{order_id}/steps", {
        params: { path: { order_id: order.id } },
        headers: { "Idempotency-Key": idempotencyKey() },
        body: { step },
      }),
    );
    if (!answer.ended_at) orders.value = new Map(orders.value).set(order.id, answer);
  });

export const setState = (unit: Unit, state: UnitState): Promise<void> =>
  guarded(unit.id, async () => {
    await stations.POST("/units/{unit_id}/state", {
      params: { path: { unit_id: unit.id } },
      body: { state },
    });
    await readUnits();
  });
