import { t } from "@/i18n";

export function Station() {
  return (
    <main>
      <h1>{t("app.station")}</h1>
    </main>
  );
}
