/** The station's page: jobs first, then units. */
import { useEffect, useState } from "preact/hooks";
import { audible, muteSound, unlockSound } from "@/common/alarm";
import { data, stations } from "@/common/api";
import { session } from "@/common/session";
import { t } from "@/i18n";
import { Empty, ErrorNote, LanguageSwitch, Skeleton, ThemeSwitch } from "@/ui/Bits";
import { Icon } from "@/ui/Icon";
import { OrderCard } from "./OrderCard";
import { UnitRow } from "./UnitRow";
import { active, failure, follow, type Station as Entry, station, stream, units } from "./state";
import "./station.css";
import { s } from "./words";

function ownStation(): string | null {
  const who = session.value;
  if (who?.role === "station") return who.station ?? who.subject;
  return new URLSearchParams(location.search).get("station");
}

export function Station() {
  const [chosen, setChosen] = useState(ownStation);
  useEffect(() => {
    if (chosen) void follow(chosen);
    return () => stream.value?.close();
  }, [chosen]);
  return (
    <>
      <Bar />
      {stream.value?.state.value === "lost" && (
        <div class="banner amber" role="alert">
          <Icon name="alert" />
          {s("stale")}
        </div>
      )}
      {failure.value != null && (
        <ErrorNote
          error={failure.value}
          {...(chosen && !station.value ? { onRetry: () => void follow(chosen) } : {})}
        />
      )}
      <main class="station">{chosen ? <Board /> : <Choose onChoose={setChosen} />}</main>
    </>
  );
}

function Bar() {
  return (
    <header class="page-bar">
      <h1>{station.value ? s("title", { name: station.value.name }) : t("app.station")}</h1>
      <span class="grow" />
      <button
        type="button"
        class={`button ${audible.value ? "quiet" : "danger"}`}
        onClick={() => (audible.value ? muteSound() : void unlockSound())}
        title={s(audible.value ? "sound.on" : "sound.off")}
      >
        <Icon name={audible.value ? "sound" : "mute"} />
        <span class="wide">{s(audible.value ? "sound.on" : "sound.test")}</span>
      </button>
      <LanguageSwitch />
      <ThemeSwitch />
    </header>
  );
}

function Board() {
  return (
    <>
      <section aria-labelledby="jobs">
        <h2 id="jobs">{s("orders")}</h2>
        <div aria-live="assertive">
          {active.value.length === 0 ? (
            <Empty title={s("orders.none")} />
          ) : (
            active.value.map((order) => <OrderCard key={order.id} order={order} />)
          )}
        </div>
      </section>
      <section aria-labelledby="units">
        <h2 id="units">{s("units")}</h2>
        {units.value === null ? (
          <Skeleton lines={4} />
        ) : units.value.length === 0 ? (
          <Empty title={s("units.none")} />
        ) : (
          <ul>
            {units.value.map((unit) => (
              <UnitRow key={unit.id} unit={unit} />
            ))}
          </ul>
        )}
      </section>
    </>
  );
}

function Choose({ onChoose }: { onChoose: (id: string) => void }) {
  const [found, setFound] = useState<readonly Entry[] | null>(null);
  useEffect(() => {
    stations
      .GET("/stations", { params: { query: { limit: 1000 } } })
      .then((page) => setFound(data(page).items))
      .catch((error: unknown) => void (failure.value = error));
  }, []);
  return (
    <section>
      <h2>{s("choose")}</h2>
      <p class="soft">{s("choose.help")}</p>
      {found === null ? (
        <Skeleton lines={6} />
      ) : (
        <ul class="stations">
          {found.map((each) => (
            <li key={each.id}>
              <button type="button" class="button" onClick={() => onChoose(each.id)}>
                {each.name}
              </button>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
