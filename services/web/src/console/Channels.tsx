/** How far an alert has come on each channel, in the order in which they were tried. */
import { clock } from "@/common/clock";
import type { Alert } from "./types";
import { code, t } from "./words";

type Channel = Alert["channels"][number];

const SIGNS = { undelivered: "✕", seen: "✓✓", delivered: "✓", sent: "…" } as const;

export function stateOf(one: Channel): { state: keyof typeof SIGNS; at: string | null } {
  if (one.failed_at) return { state: "undelivered", at: one.failed_at };
  if (one.seen_at) return { state: "seen", at: one.seen_at };
  if (one.delivered_at) return { state: "delivered", at: one.delivered_at };
  return { state: "sent", at: one.sent_at ?? null };
}

export function Channels({ alert, called }: { alert: Alert; called: string }) {
  // A copy from an older dispatch has none.
  const channels = (alert.channels as Alert["channels"] | undefined) ?? [];
  if (channels.length === 0) return null;
  return (
    <ul class="channels" aria-label={t("people.channels")}>
      {channels.map((one) => {
        const { state, at } = stateOf(one);
        const time = at ? clock((Date.parse(at) - Date.parse(called)) / 1000) : "";
        // `provider_answered:500`: the words for the reason, and the number for whoever mends it.
        const [reason = "", number = ""] = (one.reason ?? "").split(":");
        return (
          <li key={one.channel} class={state === "undelivered" ? "amber-text" : ""}>
            <span aria-hidden="true">{SIGNS[state]}</span> {code("channel", one.channel)}{" "}
            {code("alert", state)} <span class="numbers">{time}</span>
            {reason && ` (${[code("channelReason", reason), number].filter(Boolean).join(" ")})`}
          </li>
        );
      })}
    </ul>
  );
}
