/** The first page: where to go. */
import { t } from "@/i18n";
import { LanguageSwitch, ThemeSwitch } from "@/ui/Bits";
import { Icon, type IconName } from "@/ui/Icon";
import { mount } from "@/ui/mount";

type Page = "console" | "rescuer" | "station" | "registry" | "planning";

const PLACES: readonly [Page, IconName][] = [
  ["console", "phone"],
  ["rescuer", "heart"],
  ["station", "ambulance"],
  ["registry", "list"],
  ["planning", "map"],
];

function Start() {
  return (
    <main class="start">
      <header>
        <h1>{t("app.name")}</h1>
        <span>
          <LanguageSwitch />
          <ThemeSwitch />
        </span>
      </header>
      <p>{t("start.title")}</p>
      <nav aria-label={t("start.choose")}>
        {PLACES.map(([place, icon]) => (
          <a key={place} class="panel" href={`/${place}/`}>
            <Icon name={icon} />
            <strong>{t(`app.${place}`)}</strong>
            <span>{t(`start.${place}`)}</span>
          </a>
        ))}
      </nav>
      <p>
        <a href="/documents">{t("start.documents")}</a>
      </p>
    </main>
  );
}

mount(<Start />);
