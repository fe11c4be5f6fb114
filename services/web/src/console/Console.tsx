/** The dispatcher's console: queue, map, incident; everything can be done by keyboard. */
import "./console.css";
import "./bar.css";
import "./panel.css";
import "./people.css";
import "./sheets.css";
import "./print.css";
import { lazy, Suspense } from "preact/compat";
import { useEffect } from "preact/hooks";
import { t as common } from "@/i18n";
import { ErrorNote } from "@/ui/Bits";
import { ACTIONS, pressed } from "./actions";
import { Aftercare } from "./Aftercare";
import { Banners } from "./Banners";
import { Bar } from "./Bar";
import { CommandLine } from "./CommandLine";
import { dismiss } from "./commands";
import { connection, refreshList, start as startFeed } from "./feed";
import { IncidentPanel } from "./Incident";
import { Intake } from "./Intake";
import { readCopies } from "./kept";
import { start as startLooking } from "./degraded";
import { PhonePlans } from "./PhonePlans";
import { start as startPresence } from "./presence";
import { Queue } from "./Queue";
import { readRegisters } from "./registers";
import { Relocation } from "./Relocation";
import { ShownCard } from "./Shown";
import { Shortcuts } from "./Shortcuts";
import { unblock } from "./sound";
import * as state from "./state";
import { t } from "./words";

const MapPane = lazy(() => import("./MapPane"));
const REGISTERS_EVERY_MS = 60_000;

function onKey(event: KeyboardEvent): void {
  const name = pressed(event);
  if (name === null) return;
  // Letters on their way into the command line must never call anybody off.
  if (state.sheet.value === "commands" && name !== "escape") return;
  const action = ACTIONS.find((each) => each.keys.includes(name));
  if (!action?.can()) return;
  event.preventDefault();
  action.run();
}

export function Console() {
  useEffect(() => {
    void readCopies();
    void readRegisters();
    const registers = setInterval(() => void readRegisters(), REGISTERS_EVERY_MS);
    const ends = [startFeed(), startPresence(), startLooking()];
    window.addEventListener("keydown", onKey);
    window.addEventListener("pointerdown", unblock);
    window.addEventListener("keydown", unblock);
    return () => {
      clearInterval(registers);
      for (const end of ends) end();
      window.removeEventListener("keydown", onKey);
      window.removeEventListener("pointerdown", unblock);
      window.removeEventListener("keydown", unblock);
    };
  }, []);
  return (
    <div class={`console ${connection.value === "lost" ? "stale" : ""}`}>
      <Bar />
      <Banners />
      <main>
        <Queue />
        <section class="map" aria-label={t("map.slot")}>
          <Suspense fallback={<p class="soft pad">{common("loading")}</p>}>
            <MapPane />
          </Suspense>
          <ShownCard />
        </section>
        <aside class="panel-column" aria-label={t("incident.title")}>
          {state.listState.value === "failed" && <ErrorNote error={null} onRetry={refreshList} />}
          <Panel />
        </aside>
      </main>
      <Sheets />
      <Toasts />
    </div>
  );
}

function Panel() {
  switch (state.panel.value) {
    case "intake":
      return <Intake />;
    case "relocation":
      return <Relocation />;
    case "aftercare":
      return <Aftercare />;
    case "incident":
      return <IncidentPanel />;
  }
}

function Sheets() {
  switch (state.sheet.value) {
    case "commands":
      return <CommandLine />;
    case "shortcuts":
      return <Shortcuts />;
    case "phone":
      return <PhonePlans />;
    case null:
      return null;
  }
}

function Toasts() {
  return (
    <div class="toasts" role="status" aria-live="polite">
      {state.toasts.value.map((toast) => (
        <div key={toast.number} class={`toast ${toast.bad ? "bad" : ""}`}>
          <span>{toast.text}</span>
          {toast.undo && (
            <button
              type="button"
              class="button"
              onClick={() => {
                dismiss(toast.number);
                toast.undo?.();
              }}
            >
              {common("action.undo")} <kbd>Z</kbd>
            </button>
          )}
          <button
            type="button"
            class="button quiet"
            aria-label={common("action.close")}
            onClick={() => dismiss(toast.number)}
          >
            ×
          </button>
        </div>
      ))}
    </div>
  );
}
