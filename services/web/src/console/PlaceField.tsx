/** Looks for a place while it is typed; a click on the map counts as well. */
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { ChosenPlace } from "./intake";
import { coordinates } from "./labels";
import { coordinatesIn, type Found, merged, registeredIn, searched } from "./places";
import { aeds, stations } from "./registers";
import { picked } from "./state";
import { code, t } from "./words";

interface Props {
  readonly place: ChosenPlace | null;
  readonly onPlace: (place: ChosenPlace) => void;
  readonly label: string;
  readonly focused?: boolean;
}

const PAUSE_MS = 150;
const MOST = 10;

const matches = (text: string, remote: readonly Found[]): Found[] =>
  merged(
    coordinatesIn(text),
    registeredIn(text, "station", stations.value.values(), 4),
    registeredIn(text, "aed", aeds.value.values(), 5),
    remote,
  ).slice(0, MOST);

export function PlaceField({ place, onPlace, label, focused }: Props) {
  const [text, setText] = useState("");
  const [remote, setRemote] = useState<readonly Found[]>([]);
  const [active, setActive] = useState(0);
  const input = useRef<HTMLInputElement>(null);
  // Before anything is painted: the next letter belongs into the field, and not to a shortcut.
  useLayoutEffect(() => {
    if (focused) input.current?.focus();
  }, [focused]);
  useEffect(() => {
    const wanted = text.trim();
    setActive(0);
    setRemote([]);
    if (wanted.length < 2) return;
    const ended = new AbortController();
    const timer = setTimeout(() => {
      void searched(wanted, ended.signal).then((found) => {
        if (!ended.signal.aborted) setRemote(found);
      });
    }, PAUSE_MS);
    return () => {
      clearTimeout(timer);
      ended.abort();
    };
  }, [text]);
  const point = picked.value;
  useEffect(() => {
    if (!point) return;
    picked.value = null;
    onPlace({ ...point, datum: "wgs84", label: "" });
    setText("");
  }, [point]);
  const found = matches(text, remote);
  const take = (one: Found | undefined): void => {
    if (!one) return;
    onPlace({
      latitude: one.latitude,
      longitude: one.longitude,
      datum: one.datum,
      label: one.label,
    });
    setText("");
  };
  const onKey = (event: KeyboardEvent, typed: string): void => {
    if (event.key === "Enter" && typed !== text) {
      // Keys come faster than lists are drawn: what was typed counts, not what is shown.
      take(matches(typed, [])[0]);
      event.preventDefault();
      event.stopPropagation();
      return;
    }
    if (found.length === 0) return;
    if (event.key === "ArrowDown") setActive((active + 1) % found.length);
    else if (event.key === "ArrowUp") setActive((active + found.length - 1) % found.length);
    else if (event.key === "Enter") take(found[active]);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div class="place-field">
      <label class="field">
        <span>{label}</span>
        <input
          ref={input}
          name="place"
          value={text}
          autocomplete="off"
          placeholder={t("intake.placeHelp")}
          role="combobox"
          aria-expanded={found.length > 0}
          aria-controls="place-found"
          aria-autocomplete="list"
          aria-activedescendant={found.length > 0 ? `place-${active}` : undefined}
          onInput={(event) => setText(event.currentTarget.value)}
          onKeyDown={(event) => onKey(event, event.currentTarget.value)}
        />
      </label>
      {found.length > 0 && (
        <ul id="place-found" class="found" role="listbox" aria-label={label}>
          {found.map((one, index) => (
            // eslint-disable-next-line jsx-a11y/click-events-have-key-events -- keys are the input's
            <li
              key={`${one.kind} ${one.label} ${one.datum} ${one.latitude} ${one.longitude}`}
              id={`place-${index}`}
              role="option"
              aria-selected={index === active}
              tabIndex={-1}
              onClick={() => take(one)}
            >
              <strong>{one.label || t("intake.datum", { datum: code("datum", one.datum) })}</strong>
              <span class="soft">{one.detail}</span>
            </li>
          ))}
        </ul>
      )}
      {text.trim().length > 2 && found.length === 0 && <p class="soft">{t("intake.noMatch")}</p>}
      {place && !text && (
        <p class="place-set">
          {t("intake.placeSet", {
            place: place.label || `${coordinates(place)} (${code("datum", place.datum)})`,
          })}
        </p>
      )}
    </div>
  );
}
