/** The services' interfaces, typed from their OpenAPI documents; errors are {@link Problem}s. */
import createClient, { type Middleware } from "openapi-fetch";
import type { paths as AedRegistry } from "@/api/generated/aed_registry";
import type { paths as Alerting } from "@/api/generated/alerting";
import type { paths as Stations } from "@/api/generated/ambulance_stations";
import type { paths as Dispatch } from "@/api/generated/dispatch";
import type { paths as Gateway } from "@/api/generated/gateway";
import type { paths as Planning } from "@/api/generated/planning";
import type { paths as RescuerLocation } from "@/api/generated/rescuer_location";
import { heardServerTime } from "./clock";
import { Problem, problemOf, unreachable } from "./problem";
import { session } from "./session";

/** Called when a service no longer accepts the token. */
export const onUnauthorized: { handle: (() => void) | null } = { handle: null };

const middleware: Middleware = {
  onRequest({ request }) {
    const token = session.value?.token;
    if (token && !request.headers.has("Authorization")) {
      request.headers.set("Authorization", `Bearer ${token}`);
    }
    return request;
  },
  async onResponse({ response }) {
    heardServerTime(response.headers.get("date"));
    if (response.status === 401) onUnauthorized.handle?.();
    if (!response.ok) throw await problemOf(response);
    return response;
  },
  onError({ error }) {
    return error instanceof Problem ? error : unreachable();
  },
};

function client<Paths extends object>(baseUrl: string) {
  const made = createClient<Paths>({ baseUrl, cache: "no-store" });
  made.use(middleware);
  return made;
}

export const dispatch = client<Dispatch>("/api");
export const alerting = client<Alerting>("/api");
export const aedRegistry = client<AedRegistry>("/api");
export const stations = client<Stations>("/api");
export const rescuers = client<RescuerLocation>("/api");
export const planning = client<Planning>("/api");
export const gateway = client<Gateway>("/");

/** What a call answered; it has thrown a {@link Problem} already if that was an error. */
export function data<T>(answer: { data?: T }): T {
  return answer.data as T;
}

/** A fresh key under which a command is carried out once, however often it is sent. */
export const idempotencyKey = (): string => crypto.randomUUID();
