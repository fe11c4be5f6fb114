/** The sheet of keys. */
import { t as common } from "@/i18n";
import { ACTIONS, keyLabel } from "./actions";
import { GATE_KEYS } from "./intake";
import { sheet } from "./state";
import { code, t } from "./words";

export function Shortcuts() {
  return (
    <div class="sheet shortcuts" role="dialog" aria-label={t("shortcuts.title")}>
      <h2>{t("shortcuts.title")}</h2>
      <dl>
        {ACTIONS.map((action) => (
          <div key={action.id}>
            <dt>
              {action.keys.map((key) => (
                <kbd key={key}>{keyLabel(key)}</kbd>
              ))}
            </dt>
            <dd>{t(action.label)}</dd>
          </div>
        ))}
      </dl>
      <h3>{t("shortcuts.intake")}</h3>
      <p class="soft">{t("shortcuts.intakeHelp")}</p>
      <dl>
        {Object.entries(GATE_KEYS).map(([letter, gate]) => (
          <div key={letter}>
            <dt>
              <kbd>{letter.toUpperCase()}</kbd>
            </dt>
            <dd>{code("gate", gate)}</dd>
          </div>
        ))}
      </dl>
      <button
        type="button"
        class="button"
        onClick={() => {
          sheet.value = null;
        }}
      >
        {common("action.close")} <kbd>Esc</kbd>
      </button>
    </div>
  );
}
