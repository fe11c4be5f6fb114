/** How the services are, asked every half minute: no stream tells it. */
import { data, dispatch, gateway } from "@/common/api";
import { degraded } from "./state";

const EVERY_MS = 30_000;
/** Tables that change slowly are not old because nothing changed: only unready ones are. */
async function look(): Promise<void> {
  const [status, picture] = await Promise.allSettled([
    gateway.GET("/status").then(data),
    dispatch.GET("/incidents/picture").then(data),
  ]);
  const services =
    status.status === "fulfilled"
      ? Object.entries(status.value.services)
          .filter(([, each]) => !each.ready)
          .map(([name]) => name)
      : degraded.value.services;
  const tables =
    picture.status === "fulfilled"
      ? picture.value.tables.filter((each) => !each.ready).map((each) => each.name)
      : degraded.value.tables;
  degraded.value = { services, tables };
}

/** Begins; what it returns ends it. */
export function start(): () => void {
  void look();
  const timer = setInterval(() => void look(), EVERY_MS);
  return () => clearInterval(timer);
}
