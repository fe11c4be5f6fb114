/** Past incidents decided again under another policy, beside what was decided then. */
import { dateTime, number } from "@/i18n";
import { minutes, share } from "./format";
import { type Compared, type Figures, replayOf, textIn } from "./replay";
import { current } from "./runs";
import { code, p } from "./words";

const ROWS = ["cpr_s", "shock_s", "ems_s", "p_cpr", "p_shock", "alerts"] as const;

function told(name: (typeof ROWS)[number], figures: Figures): string {
  const value = figures[name];
  if (value === null) return "–";
  if (name === "alerts") return number(value, 1);
  return name.startsWith("p_") ? share(value) : minutes(value);
}

export function ReplayResult() {
  const run = current.value;
  const found = run?.kind === "replay" && run.state === "done" ? replayOf(run.result) : null;
  if (!found) return null;
  const policy = code("policy", textIn(run?.parameters["policy"]));
  if (found.incidents.length === 0) {
    return <p class="banner plain">{p("replay.none")}</p>;
  }
  return (
    <>
      <section class="headline">
        <p>{p("replay.sentence", { count: found.incidents.length, policy })}</p>
        <p class="soft">{p("replay.basis")}</p>
      </section>
      <section>
        <h3>{p("replay.sums")}</h3>
        <Beside
          rows={ROWS.filter((name) => found.was[name] !== null || found.would[name] !== null)}
          figures={found}
          policy={policy}
        />
      </section>
      <section>
        <h3>{p("replay.incidents")}</h3>
        {found.incidents.map((each) => (
          <Incident key={each.id} each={each} policy={policy} />
        ))}
      </section>
    </>
  );
}

interface BesideProps {
  readonly rows: readonly (typeof ROWS)[number][];
  readonly figures: { readonly was: Figures; readonly would: Figures };
  readonly policy: string;
}

function Beside({ rows, figures, policy }: BesideProps) {
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">{p("simulation.measure")}</th>
          <th scope="col" class="at-end">
            {p("replay.was")}
          </th>
          <th scope="col" class="at-end">
            {policy}
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map((name) => (
          <tr key={name}>
            <th scope="row">{code("replayRow", name)}</th>
            <td class="numbers at-end">{told(name, figures.was)}</td>
            <td class="numbers at-end">{told(name, figures.would)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Incident({ each, policy }: { each: Compared; policy: string }) {
  return (
    <details class="incident">
      <summary>
        <span class="numbers">{each.at ? dateTime(each.at) : each.id}</span>{" "}
        <span class="soft numbers">
          {told("cpr_s", each.was)} → {told("cpr_s", each.would)}
        </span>
      </summary>
      <p class="soft">{each.id}</p>
      <Beside rows={ROWS} figures={each} policy={policy} />
    </details>
  );
}
