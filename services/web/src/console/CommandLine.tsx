/** One line that reaches everything: actions, incidents, units, AEDs, stations, by name or code. */
import { useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { keyLabel } from "./actions";
import { entriesOf, matching } from "./finding";
import * as state from "./state";
import { t } from "./words";

export function CommandLine() {
  const [text, setText] = useState("");
  const [active, setActive] = useState(0);
  const input = useRef<HTMLInputElement>(null);
  // Before anything is painted: the next letter belongs into the line, and not to a shortcut.
  useLayoutEffect(() => input.current?.focus(), []);
  const entries = useMemo(entriesOf, []);
  const found = matching(entries, text);
  const run = (index: number): void => {
    const entry = found[index];
    if (!entry) return;
    state.sheet.value = null;
    entry.run();
  };
  const onKey = (event: KeyboardEvent): void => {
    const count = Math.max(1, found.length);
    if (event.key === "ArrowDown") setActive((active + 1) % count);
    else if (event.key === "ArrowUp") setActive((active + count - 1) % count);
    else if (event.key === "Enter") run(active);
    else return;
    event.preventDefault();
  };
  return (
    <div class="sheet commands" role="dialog" aria-label={t("commands.title")}>
      <input
        ref={input}
        value={text}
        autocomplete="off"
        role="combobox"
        aria-label={t("commands.title")}
        aria-expanded="true"
        aria-controls="commands-found"
        aria-activedescendant={`command-${active}`}
        placeholder={t("commands.placeholder")}
        onInput={(event) => {
          setText(event.currentTarget.value);
          setActive(0);
        }}
        onKeyDown={onKey}
        onBlur={() => {
          if (state.sheet.value === "commands") state.sheet.value = null;
        }}
      />
      <ul id="commands-found" role="listbox" aria-label={t("commands.title")}>
        {found.map((entry, index) => (
          <li
            key={`${entry.kind} ${entry.id}`}
            id={`command-${index}`}
            role="option"
            aria-selected={index === active}
            tabIndex={-1}
            onMouseDown={(event) => {
              event.preventDefault();
              run(index);
            }}
          >
            <span class="soft">{t(`commands.kind.${entry.kind}`)}</span>
            <strong>{entry.label}</strong>
            {entry.key && <kbd>{keyLabel(entry.key)}</kbd>}
          </li>
        ))}
      </ul>
      {found.length === 0 && <p class="soft pad">{t("commands.none")}</p>}
    </div>
  );
}
