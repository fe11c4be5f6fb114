/** Where the AEDs are: those that somebody should see to stand out, and one can be moved. */
import { useEffect, useMemo, useState } from "preact/hooks";
import { type AedMark, IncidentMap, type Place, type Selected, type View } from "@/map";
import { Empty } from "@/ui/Bits";
import { AedCard } from "./AedCard";
import { AedCount, AedFilters } from "./AedList";
import { aeds, troublesOf } from "./aeds";
import { r } from "./words";

/** More marks than this tell nobody anything; the search finds the rest. */
const MOST = 10_000;

const markOf = (aed: NonNullable<typeof aeds.items.value>[number], now: Date): AedMark => {
  const troubles = troublesOf(aed, now);
  return {
    id: aed.id,
    place: { latitude: aed.place.latitude, longitude: aed.place.longitude },
    label: aed.name,
    state: troubles.includes("out_of_service") ? "closed" : troubles.length ? "doubtful" : "open",
  };
};

export function AedMap() {
  const [selected, setSelected] = useState<Selected | null>(null);
  const [moved, setMoved] = useState<Place | null>(null);
  const [placing, setPlacing] = useState(false);
  const [view, setView] = useState<View | undefined>(undefined);
  const items = aeds.items.value;
  const chosen = items?.find((each) => each.id === selected?.id) ?? null;

  const ask = async (): Promise<void> => {
    await aeds.loadAll(MOST);
    const places = (aeds.items.value ?? []).map(({ place }) => place);
    if (places.length > 0) {
      setView({ key: `${aeds.filter.value} ${aeds.search.value.trim()}`, places });
    }
  };
  const choose = (next: Selected | null): void => {
    setSelected(next);
    setMoved(null);
    setPlacing(false);
  };
  // Whoever is not on the list any more is not looked at any more either.
  useEffect(() => {
    if (selected && items && !chosen) choose(null);
  }, [items]);

  const marks = useMemo(() => {
    const now = new Date();
    return (items ?? []).map((aed) => {
      const mark = markOf(aed, now);
      return moved && aed.id === selected?.id ? { ...mark, place: moved } : mark;
    });
  }, [items, moved, selected?.id]);

  return (
    <>
      <AedFilters ask={ask} />
      <AedCount />
      <div class="aed-map">
        <IncidentMap
          aeds={marks}
          aedWords={AED_WORDS()}
          selected={selected}
          onSelect={choose}
          placing={placing}
          onPlace={(place) => {
            if (placing && chosen) {
              setMoved(place);
              setPlacing(false);
            }
          }}
          onMove={(_, place) => setMoved(place)}
          label={r("map.label")}
          {...(view ? { view } : {})}
        />
        <aside aria-live="polite">
          {chosen ? (
            <AedCard
              key={chosen.id}
              aed={chosen}
              moved={moved}
              placing={placing}
              onPlacing={setPlacing}
              onMoved={setMoved}
            />
          ) : (
            <Empty title={r("map.none")}>{r("map.none.help")}</Empty>
          )}
        </aside>
      </div>
    </>
  );
}

/** What the marks mean here: not whether one is open now, but whether all is well with it. */
const AED_WORDS = () => ({
  open: r("map.good"),
  doubtful: r("map.doubtful"),
  closed: r("map.out"),
});
