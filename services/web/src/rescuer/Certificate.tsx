/** The certificate: how long it is good, and sending a new one. */
import { useSignal } from "@preact/signals";
import { dateOf } from "@/rescuer/dates";
import { ErrorNote } from "@/ui/Bits";
import { CredentialForm, type Credential } from "./CredentialForm";
import { daysLeft } from "./hours";
import { ask } from "./net";
import { profile } from "./state";
import type { Profile } from "./types";
import { code, w } from "./words";

export function Certificate({ who }: { who: Profile }) {
  const open = useSignal(false);
  const sent = useSignal(false);
  const problem = useSignal<unknown>(null);
  const held = who.credential;
  const left = held ? daysLeft(held.expires_on) : 0;
  const send = async (credential: Credential): Promise<void> => {
    problem.value = null;
    try {
      profile.value = await ask<Profile>("/me/rescuer/credential", {
        method: "PUT",
        body: credential,
      });
      sent.value = true;
      open.value = false;
    } catch (error) {
      problem.value = error;
    }
  };
  return (
    <section class="stack">
      {!held ? (
        <p>{w("cert.none")}</p>
      ) : (
        <div class="card">
          <h2>{code("kind", held.kind)}</h2>
          <p class={left < 0 ? "late" : ""}>
            <strong>
              {w(left < 0 ? "cert.expired" : "cert.until", { date: dateOf(held.expires_on) })}
            </strong>
          </p>
          {left >= 0 && <p class={left < 60 ? "late" : "soft"}>{w("cert.days", { days: left })}</p>}
          <p class="soft">
            {held.verified_on
              ? w("cert.verified", { date: dateOf(held.verified_on) })
              : w("cert.notVerified")}
          </p>
        </div>
      )}
      {who.review?.outcome === "refused" && (
        <p class="strip red">
          {who.review.reason
            ? w("cert.refused", { reason: who.review.reason })
            : w("cert.refusedNoReason")}
        </p>
      )}
      {who.offered && <p class="strip plain">{w("cert.offered")}</p>}
      <div aria-live="polite">{sent.value && <p class="soft">✓ {w("cert.sent")}</p>}</div>
      {problem.value !== null && <ErrorNote error={problem.value} />}
      {open.value ? (
        <CredentialForm submit={w("cert.sendDo")} onSubmit={send} />
      ) : (
        <button type="button" class="button large wide" onClick={() => (open.value = true)}>
          {w("cert.send")}
        </button>
      )}
    </section>
  );
}
