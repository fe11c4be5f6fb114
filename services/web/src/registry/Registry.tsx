import { t } from "@/i18n";

export function Registry() {
  return (
    <main>
      <h1>{t("app.registry")}</h1>
    </main>
  );
}
