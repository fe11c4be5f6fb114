/** Codes to read out by telephone, where no provider sends texts. */
import { useEffect, useState } from "preact/hooks";
import type { components } from "@/api/generated/rescuer_location";
import { data, rescuers } from "@/common/api";
import { t, timeOfDay } from "@/i18n";
import { Empty, ErrorNote, Skeleton } from "@/ui/Bits";
import { code, r } from "./words";

type Pending = components["schemas"]["PendingOut"];

export function Codes() {
  const [waiting, setWaiting] = useState<readonly Pending[] | null>(null);
  const [failure, setFailure] = useState<unknown>(null);
  const load = (): void => {
    setFailure(null);
    rescuers
      .GET("/enrolments")
      .then((answer) => setWaiting(data(answer).items))
      .catch(setFailure);
  };
  useEffect(load, []);
  return (
    <>
      <p class="soft">{r("codes.help")}</p>
      {failure != null && <ErrorNote error={failure} onRetry={load} />}
      {waiting === null && failure == null && <Skeleton lines={3} />}
      {waiting?.length === 0 && (
        <Empty title={r("codes.none")}>
          <button type="button" class="button" onClick={load}>
            {t("action.retry")}
          </button>
        </Empty>
      )}
      <ul class="people">
        {waiting?.map((each) => (
          <li key={each.enrolment_id} class="panel person">
            <header>
              <strong>{each.name ?? each.phone}</strong>
              <span class="chip">{code("codes.kind", each.kind)}</span>
              <span class="soft">{each.phone}</span>
            </header>
            <p class={each.code ? "code numbers" : "soft"}>{each.code ?? r("codes.sent")}</p>
            <p class="soft">{r("codes.until", { time: timeOfDay(each.expires_at) })}</p>
          </li>
        ))}
      </ul>
    </>
  );
}
