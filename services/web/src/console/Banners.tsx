/** What is not as it should be, above everything: never over it. */
import { clock, now } from "@/common/clock";
import { Icon } from "@/ui/Icon";
import { actionOf } from "./actions";
import { connection, heardAt } from "./feed";
import * as state from "./state";
import { code, t } from "./words";

export function Banners() {
  const { services, tables } = state.degraded.value;
  return (
    <div aria-live="polite">
      {connection.value === "lost" && (
        <div class="banner red" role="alert">
          <Icon name="alert" />
          <Lost />
          <PhoneButton />
        </div>
      )}
      {connection.value !== "lost" && services.length > 0 && (
        <div class="banner amber">
          <Icon name="alert" />
          {t("banner.degraded", {
            services: services.map((each) => code("service", each)).join(", "),
          })}
          <PhoneButton />
        </div>
      )}
      {connection.value !== "lost" && tables.length > 0 && (
        <div class="banner amber">
          <Icon name="clock" />
          {t("banner.stale", { tables: tables.map((each) => code("table", each)).join(", ") })}
        </div>
      )}
    </div>
  );
}

/** Only this text runs with the clock. */
function Lost() {
  // This machine's clock on both sides; the page's clock only says when to look again.
  const at = now.value > 0 ? Date.now() : 0;
  return <span>{t("banner.lost", { time: clock((at - heardAt.value) / 1000) })}</span>;
}

function PhoneButton() {
  return (
    <button type="button" class="button" onClick={() => actionOf("phone").run()}>
      {t("banner.phone")} <kbd>H</kbd>
    </button>
  );
}
