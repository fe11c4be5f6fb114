/** What-if: what a click on the map adds. Every tool works by keyboard: move the map, press Enter. */
import { useEffect } from "preact/hooks";
import { Icon } from "@/ui/Icon";
import { canRedo, canUndo, detail, redo, undo } from "./state";
import { editing, recruits, stationTier, tool } from "./tools";
import { STATION_TIERS } from "./types";
import { code, p } from "./words";

const ADD = ["add_aed", "add_station", "add_recruits"] as const;

const typing = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && /^(INPUT|SELECT|TEXTAREA)$/.test(target.tagName);

export function MapTools() {
  useEffect(() => {
    const key = (event: KeyboardEvent): void => {
      if (event.key === "Escape" && tool.peek()) tool.value = null;
      else if ((event.ctrlKey || event.metaKey) && event.key === "z" && !typing(event.target)) {
        event.preventDefault();
        if (event.shiftKey) redo();
        else undo();
      }
    };
    addEventListener("keydown", key);
    return () => removeEventListener("keydown", key);
  }, []);
  if (!editing.value) {
    return (
      <div class="map-tools">
        <button
          type="button"
          class="button"
          disabled={!detail.value}
          onClick={() => (editing.value = true)}
        >
          <Icon name="settings" />
          {p("edit.start")}
        </button>
      </div>
    );
  }
  const now = tool.value;
  return (
    <div class="map-tools panel" role="group" aria-label={p("edit.label")}>
      {ADD.map((each) => (
        <button
          key={each}
          type="button"
          class={`button ${now?.kind === each ? "primary" : ""}`}
          aria-pressed={now?.kind === each}
          onClick={() => (tool.value = now?.kind === each ? null : { kind: each })}
        >
          <Icon name="plus" />
          {code("tool", each)}
        </button>
      ))}
      <button type="button" class="button" disabled={!canUndo.value} onClick={undo}>
        {p("edit.undo")}
      </button>
      <button type="button" class="button" disabled={!canRedo.value} onClick={redo}>
        {p("edit.redo")}
      </button>
      <button
        type="button"
        class="button quiet"
        onClick={() => {
          tool.value = null;
          editing.value = false;
        }}
      >
        {p("edit.end")}
      </button>
      {now?.kind === "add_recruits" && <RecruitFields />}
      {now?.kind === "add_station" && (
        <label class="field inline">
          <span>{p("edit.stationTier")}</span>
          <select
            value={stationTier.value}
            onChange={(event) => (stationTier.value = event.currentTarget.value)}
          >
            {STATION_TIERS.map((each) => (
              <option key={each} value={each}>
                {code("stationTier", each)}
              </option>
            ))}
          </select>
        </label>
      )}
      <p class="soft" role="status">
        {now ? p("edit.placing") : p("edit.drag")}
      </p>
    </div>
  );
}

function RecruitFields() {
  const set = (name: "radius_m" | "count", text: string): void => {
    const value = Math.round(Number(text));
    if (value > 0) recruits.value = { ...recruits.value, [name]: value };
  };
  return (
    <>
      {(["count", "radius_m"] as const).map((name) => (
        <label key={name} class="field inline">
          <span>{code("recruits", name)}</span>
          <input
            type="number"
            min="1"
            max={name === "count" ? 10_000 : 20_000}
            value={recruits.value[name]}
            onChange={(event) => set(name, event.currentTarget.value)}
          />
        </label>
      ))}
    </>
  );
}
