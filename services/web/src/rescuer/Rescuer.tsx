import { t } from "@/i18n";

export function Rescuer() {
  return (
    <main>
      <h1>{t("app.rescuer")}</h1>
    </main>
  );
}
