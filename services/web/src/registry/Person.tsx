/** One rescuer: what was sent, its photo, and the decision about it. */
import { useEffect, useState } from "preact/hooks";
import { data, rescuers } from "@/common/api";
import { ErrorNote } from "@/ui/Bits";
import type { RescuerEntry } from "./Rescuers";
import { code, r } from "./words";

interface Props {
  readonly entry: RescuerEntry;
  readonly onChange: (entry: RescuerEntry) => void;
}

export function Person({ entry, onChange }: Props) {
  const [reason, setReason] = useState("");
  const [lastDay, setLastDay] = useState("");
  const [failure, setFailure] = useState<unknown>(null);
  const certificate = entry.offered ?? entry.credential;
  const open = entry.offered != null || entry.state === "enrolled";
  const path = { params: { path: { rescuer_id: entry.id } } };

  const decide = async (good: boolean): Promise<void> => {
    setFailure(null);
    const end = certificate?.expires_on ?? lastDay;
    try {
      onChange(
        data(
          good
            ? await rescuers.POST("/rescuers/{rescuer_id}/verify", {
                ...path,
                body: {
                  credential:
                    certificate && end
                      ? {
                          kind: certificate.kind,
                          number: certificate.number ?? null,
                          issued_by: certificate.issued_by ?? null,
                          issued_on: certificate.issued_on ?? null,
                          expires_on: end,
                        }
                      : null,
                },
              })
            : await rescuers.POST("/rescuers/{rescuer_id}/refuse", { ...path, body: { reason } }),
        ),
      );
    } catch (error) {
      setFailure(error);
    }
  };
  return (
    <li class="panel person">
      <header>
        <strong>{entry.name ?? entry.id}</strong>
        <span class={`chip ${entry.state === "verified" ? "" : "amber"}`}>
          {code("rescuer", entry.state)}
        </span>
        <span class="soft">{entry.phone}</span>
      </header>
      <p>
        {certificate
          ? [
              code("credential", certificate.kind),
              certificate.number && r("rescuers.number", { number: certificate.number }),
              certificate.expires_on && r("rescuers.expires", { date: certificate.expires_on }),
            ]
              .filter(Boolean)
              .join(" · ")
          : r("rescuers.noCertificate")}
      </p>
      {entry.offered && <Photo entry={entry} />}
      {failure != null && <ErrorNote error={failure} />}
      {open && (
        <footer>
          {!certificate?.expires_on && (
            <label class="field">
              <span>{r("rescuers.lastDay")}</span>
              <input
                type="date"
                value={lastDay}
                onInput={(event) => setLastDay(event.currentTarget.value)}
              />
            </label>
          )}
          <button type="button" class="button primary" onClick={() => void decide(true)}>
            {r("rescuers.verify")}
          </button>
          <label class="field">
            <span>{r("rescuers.reason")}</span>
            <input value={reason} onInput={(event) => setReason(event.currentTarget.value)} />
          </label>
          <button
            type="button"
            class="button"
            disabled={!reason.trim()}
            onClick={() => void decide(false)}
          >
            {r("rescuers.refuse")}
          </button>
        </footer>
      )}
    </li>
  );
}

/** Fetched only when somebody asks to see it: every look is written down. */
function Photo({ entry }: { entry: RescuerEntry }) {
  const [address, setAddress] = useState<string | null>(null);
  const [none, setNone] = useState(false);
  useEffect(
    () => () => {
      if (address) URL.revokeObjectURL(address);
    },
    [address],
  );
  const show = async (): Promise<void> => {
    try {
      const { data: picture } = await rescuers.GET("/rescuers/{rescuer_id}/credential-photo", {
        params: { path: { rescuer_id: entry.id } },
        parseAs: "blob",
      });
      setAddress(URL.createObjectURL(picture as Blob));
    } catch {
      setNone(true);
    }
  };
  if (none) return <p class="soft">{r("rescuers.noPhoto")}</p>;
  if (address) {
    return <img src={address} alt={r("rescuers.photo.alt", { name: entry.name ?? entry.id })} />;
  }
  return (
    <p>
      <button type="button" class="button" onClick={() => void show()}>
        {r("rescuers.photo")}
      </button>
    </p>
  );
}
