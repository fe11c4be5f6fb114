import { t } from "@/i18n";

export function Console() {
  return (
    <main>
      <h1>{t("app.console")}</h1>
    </main>
  );
}
