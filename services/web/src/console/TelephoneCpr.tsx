/**
 * The telephone-CPR script with its own clock. Words after the ERC/AHA guidelines of 2020–2025 for
 * the untrained: hands in the centre of the chest, 5 to 6 cm, 100 to 120 a minute, count aloud;
 * started within 180 s of the call (DOMAIN, section 4).
 */
import { useEffect, useState } from "preact/hooks";
import { Since } from "@/ui/Bits";
import { clock, secondsSince } from "@/common/clock";
import { command, telephoneCpr } from "./commands";
import { beat } from "./sound";
import type { Opened } from "./types";
import { type ConsoleKey, t } from "./words";

const LINES: readonly ConsoleKey[] = [
  "tcpr.1",
  "tcpr.2",
  "tcpr.3",
  "tcpr.4",
  "tcpr.5",
  "tcpr.6",
  "tcpr.7",
];
const BEAT_MS = 60_000 / 110;
const SHOULD_START_S = 180;

const firstAt = (opened: Opened, event: string): string | null =>
  opened.timeline.find((entry) => entry.event === event)?.at ?? null;

export function TelephoneCpr({ opened }: { opened: Opened }) {
  const { incident } = opened;
  const started = firstAt(opened, "telephone_cpr_started");
  const running = firstAt(opened, "bystander_cpr_started");
  const [sounding, setSounding] = useState(false);
  useEffect(() => {
    if (!sounding) return;
    const timer = setInterval(beat, BEAT_MS);
    return () => clearInterval(timer);
  }, [sounding]);
  const say = (step: string, words: ConsoleKey): void => {
    void command(incident.id, t(words), () => telephoneCpr(incident.id, step));
  };
  const late = !started && secondsSince(incident.opened_at) > SHOULD_START_S;
  return (
    <section class="form tcpr">
      <div class="tcpr-head">
        <h3>{t("tcpr.title")}</h3>
        <Since
          instant={running ?? started ?? incident.opened_at}
          class={`big-clock ${late ? "amber-text" : ""}`}
        />
      </div>
      {running && (
        <p class="green-text">{t("tcpr.done", { time: clock(secondsSince(running)) })}</p>
      )}
      <div class="buttons">
        {!started && (
          <button type="button" class="button primary" onClick={() => say("started", "tcpr.start")}>
            {t("tcpr.start")}
          </button>
        )}
        {!running && (
          <button
            type="button"
            class="button primary"
            onClick={() => say("compressions", "tcpr.compressions")}
          >
            {t("tcpr.compressions")}
          </button>
        )}
        {!running && (
          <button type="button" class="button" onClick={() => say("refused", "tcpr.refused")}>
            {t("tcpr.refused")}
          </button>
        )}
        <button
          type="button"
          class={`button ${sounding ? "on" : ""}`}
          aria-pressed={sounding}
          onClick={() => setSounding(!sounding)}
        >
          ♪ {t("tcpr.beat")}
        </button>
      </div>
      <ol class="script">
        {!started && <li>{t("tcpr.offer")}</li>}
        {LINES.map((line) => (
          <li key={line}>{t(line)}</li>
        ))}
      </ol>
    </section>
  );
}
