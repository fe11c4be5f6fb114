/** What a caller sees who opens the link from the dispatcher: one button, which sends the place. */
import "./locate.css";
import { useState } from "preact/hooks";
import { data, dispatch } from "@/common/api";
import { Problem } from "@/common/problem";
import { explain, LanguageSwitch } from "@/ui/Bits";
import { mount } from "@/ui/mount";
import { t } from "./words";

/** The link's secret stands behind the `#`: no server's log has it. */
const token = location.hash.slice(1);
const WAIT_MS = 15_000;

/** The phone's place. Browsers' own positions are WGS-84 (W3C Geolocation), also in China. */
const position = (): Promise<GeolocationPosition> =>
  new Promise((resolve, reject) => {
    navigator.geolocation.getCurrentPosition(resolve, reject, {
      enableHighAccuracy: true,
      timeout: WAIT_MS,
      maximumAge: 0,
    });
  });

type Stage = "asked" | "looking" | "sent" | "failed";

function Locate() {
  const [stage, setStage] = useState<Stage>("asked");
  const [why, setWhy] = useState("");
  const [metres, setMetres] = useState(0);
  const send = async (): Promise<void> => {
    setStage("looking");
    try {
      const { coords } = await position();
      data(
        await dispatch.POST("/locate/{token}", {
          params: { path: { token } },
          body: {
            latitude: coords.latitude,
            longitude: coords.longitude,
            datum: "wgs84",
            accuracy_m: coords.accuracy,
          },
        }),
      );
      setMetres(Math.round(coords.accuracy));
      setStage("sent");
    } catch (error) {
      const gone = error instanceof Problem && [404, 409, 422].includes(error.status);
      setWhy(gone ? t("used") : error instanceof Problem ? explain(error) : t("refused"));
      setStage("failed");
    }
  };
  return (
    <main class="locate">
      <header>
        <h1>{t("title")}</h1>
        <LanguageSwitch />
      </header>
      {stage === "sent" ? (
        <p role="status" class="locate-sent">
          {t("sent")} <small>({t("accuracy", { metres })})</small>
        </p>
      ) : (
        <>
          <p>{t("lead")}</p>
          {stage === "failed" && <p role="alert">{why}</p>}
          <button
            type="button"
            class="button primary large"
            disabled={stage === "looking"}
            onClick={() => void send()}
          >
            {t(stage === "looking" ? "looking" : "send")}
          </button>
        </>
      )}
    </main>
  );
}

mount(<Locate />);
