/** Where idle ambulances would cover more: read once when it is opened. */
import { useEffect, useState } from "preact/hooks";
import type { components } from "@/api/generated/dispatch";
import { data, dispatch } from "@/common/api";
import { clock } from "@/common/clock";
import { number, percent } from "@/i18n";
import { ErrorNote, Skeleton } from "@/ui/Bits";
import { stationName } from "./registers";
import { t } from "./words";

type Advice = components["schemas"]["RelocationOut"];

export function Relocation() {
  const [advice, setAdvice] = useState<Advice | null>(null);
  const [error, setError] = useState<unknown>(null);
  useEffect(() => {
    dispatch
      .GET("/relocation-advice")
      .then((answer) => setAdvice(data(answer)))
      .catch(setError);
  }, []);
  return (
    <section class="form">
      <h2>{t("relocation.title")}</h2>
      {error !== null && <ErrorNote error={error} />}
      {!advice && error === null && <Skeleton lines={4} />}
      {advice && (
        <>
          {advice.moves.length === 0 && <p>{t("relocation.none")}</p>}
          <ol class="choices">
            {advice.moves.map((move) => (
              <li key={move.unit_id}>
                {t("relocation.move", {
                  unit: move.unit_id,
                  from: stationName(move.from_base),
                  to: stationName(move.to_base),
                  before: percent(move.covered_before),
                  after: percent(move.covered_after),
                  time: clock(move.travel_s),
                })}
              </li>
            ))}
          </ol>
          <p class="soft">
            {t("relocation.note", {
              incidents: number(advice.demand.incidents),
              homes: number(advice.demand.homes),
            })}
          </p>
        </>
      )}
    </section>
  );
}
