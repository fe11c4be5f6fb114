/** Where to go: the place first, then what one needs at the door. */
import { distance } from "@/i18n";
import { clockTime } from "./dates";
import { here } from "./here";
import { Fact, floorWords } from "./Parts";
import { distanceM } from "./place";
import type { AedForTask, Place, Task } from "./types";
import { w } from "./words";

/** How far it is from where the phone is now, straight; nothing without a position. */
function Away({ to }: { to: Place }) {
  const me = here.value;
  if (!me) return null;
  const away = distance(distanceM(me, to));
  return <p class="away numbers">{w("task.away", { distance: away })}</p>;
}

export function AedFacts({ aed }: { aed: AedForTask }) {
  const floor = floorWords(aed.floor);
  return (
    <section class="where">
      <strong class="where-name">{aed.name}</strong>
      {aed.placement && <p>{aed.placement}</p>}
      <Away to={aed.place} />
      <dl class="facts">
        {floor && <Fact name={w("task.floor")}>{floor}</Fact>}
        {aed.code && (
          <Fact name={w("task.code")}>
            <span class="code numbers">{aed.code}</span>
          </Fact>
        )}
      </dl>
      {aed.code_required && !aed.code && <p class="strip amber">{w("task.codeNeeded")}</p>}
      <p class="soft">
        {aed.open_until
          ? w("task.open", { time: clockTime(aed.open_until) })
          : w("task.openUnknown")}
      </p>
    </section>
  );
}

export function PatientFacts({ task }: { task: Task }) {
  const details = task.details;
  const place = task.place;
  const floor = floorWords(details?.floor);
  const line = [details?.address, details?.building, details?.unit].filter(Boolean).join(" · ");
  const minutes = task.eta_s === null ? null : Math.max(1, Math.round(task.eta_s / 60));
  return (
    <section class="where">
      <strong class="where-name">{line || w("task.noAddress")}</strong>
      {!line && place && (
        <p class="numbers">
          {w("task.coordinates", {
            latitude: place.latitude.toFixed(5),
            longitude: place.longitude.toFixed(5),
          })}
        </p>
      )}
      {place && <Away to={place} />}
      {task.distance_m !== null && minutes !== null && (
        <p class="soft numbers">
          {w("task.planned", { distance: distance(task.distance_m), minutes })}
        </p>
      )}
      <dl class="facts">
        {floor && <Fact name={w("task.floor")}>{floor}</Fact>}
        {details?.door_code && (
          <Fact name={w("task.doorCode")}>
            <span class="code numbers">{details.door_code}</span>
          </Fact>
        )}
        {details?.seen && <Fact name={w("task.seen")}>{details.seen}</Fact>}
        {details?.patient_age !== null && details?.patient_age !== undefined && (
          <Fact name={w("task.age")}>{details.patient_age}</Fact>
        )}
      </dl>
    </section>
  );
}
