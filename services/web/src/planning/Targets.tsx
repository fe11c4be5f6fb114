/** What others aim at, beside what there is. */
import { number } from "@/i18n";
import { minutes, share } from "./format";
import type { Target } from "./types";
import { code, p } from "./words";

function told(value: number | null, unit: string): string {
  if (value === null) return "–";
  if (unit === "share") return share(value);
  return unit === "s" ? minutes(value) : number(value, 1);
}

/** A rule that names no share says only how far one is from everybody. */
function Verdict({ met }: { met: boolean | null }) {
  if (met === null) return <span class="chip">{p("targets.open")}</span>;
  return (
    <span class={`chip ${met ? "" : "amber"}`}>{p(met ? "targets.met" : "targets.missed")}</span>
  );
}

export function Targets({ targets }: { targets: readonly Target[] }) {
  if (targets.length === 0) return null;
  return (
    <details>
      <summary>
        <h3>{p("targets.title")}</h3>
      </summary>
      <ul class="targets">
        {targets.map(({ name, value, target, unit, met }) => (
          <li key={name}>
            <Verdict met={met} />
            <span>{code("target", name)}</span>
            <span class="numbers">
              <strong>{told(value, unit)}</strong>
              {met !== null && <span class="soft"> / {told(target, unit)}</span>}
            </span>
          </li>
        ))}
      </ul>
    </details>
  );
}
