/** The registrar's pages: what is registered has to be true today. */
import type { JSX } from "preact";
import { t } from "@/i18n";
import { LanguageSwitch, ThemeSwitch } from "@/ui/Bits";
import { AedEditor } from "./AedEditor";
import { AedList } from "./AedList";
import { AedMap } from "./AedMap";
import { Codes } from "./Codes";
import { FileImport } from "./FileImport";
import { Rescuers } from "./Rescuers";
import "./registry.css";
import { route } from "./route";
import { code, r } from "./words";

const TABS = ["aeds", "map", "files", "rescuers", "codes"] as const;

export function Registry() {
  const [tab = "aeds", id] = route.value.split("/");
  return (
    <>
      <header class="page-bar">
        <h1>{t("app.registry")}</h1>
        <nav aria-label={r("tabs.label")}>
          {TABS.map((each) => (
            <a key={each} href={`#/${each}`} {...(tab === each ? { "aria-current": "page" } : {})}>
              {code("tab", each)}
            </a>
          ))}
        </nav>
        <span class="grow" />
        <LanguageSwitch />
        <ThemeSwitch />
      </header>
      <main class="registry">{view(tab, id)}</main>
    </>
  );
}

function view(tab: string, id: string | undefined): JSX.Element {
  if (tab === "map") return <AedMap />;
  if (tab === "files") {
    const kind = id === "rescuers" ? "rescuers" : "aeds";
    return <FileImport key={kind} kind={kind} />;
  }
  if (tab === "rescuers") return <Rescuers />;
  if (tab === "codes") return <Codes />;
  if (id) return <AedEditor key={id} id={decodeURIComponent(id)} />;
  return <AedList />;
}
