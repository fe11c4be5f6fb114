/** The rescuer's app: a task, when there is one, before everything else. */
import { useEffect } from "preact/hooks";
import { onUnauthorized } from "@/common/api";
import { language } from "@/i18n";
import { unlockSound } from "./alarm";
import { AlertScreen } from "./AlertScreen";
import { Home } from "./Home";
import { follow } from "./live";
import { unauthorized } from "./net";
import { page } from "./route";
import { SettingsPage } from "./SettingsPage";
import { keepLanguage } from "./shelf";
import { StandDown } from "./StandDown";
import { screen, start } from "./state";
import { TaskScreen } from "./TaskScreen";
import { keepSession } from "./signedIn";
import "./rescuer.css";

export function Rescuer() {
  useEffect(() => {
    unauthorized.handle = () => onUnauthorized.handle?.();
    const ends = [
      start(),
      follow(),
      keepSession(),
      language.subscribe((is) => void keepLanguage(is)),
    ];
    unlockSound();
    return () => ends.forEach((end) => end());
  }, []);
  switch (screen.value) {
    case "alert":
    case "late":
      return <AlertScreen />;
    case "task":
      return <TaskScreen />;
    case "stood_down":
      return <StandDown />;
    case "rest":
      return page.value ? <SettingsPage name={page.value} /> : <Home />;
  }
}
