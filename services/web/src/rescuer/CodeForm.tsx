/** The code that came by text message. */
import { useSignal } from "@preact/signals";
import { clock, now } from "@/common/clock";
import { Problem } from "@/common/problem";
import { signIn } from "@/common/session";
import { ErrorNote } from "@/ui/Bits";
import { ask } from "./net";
import { secondsUntil } from "./Parts";
import type { CodeSent } from "./types";
import { w } from "./words";

interface Props {
  readonly sent: CodeSent;
  /** Whether nobody may know if this number is registered. */
  readonly maybe: boolean;
  readonly again: () => Promise<void>;
}

export function CodeForm({ sent, maybe, again }: Props) {
  const trouble = useSignal<string | null>(null);
  const problem = useSignal<unknown>(null);
  const fail = (error: unknown): void => {
    const status = error instanceof Problem ? error.status : 0;
    trouble.value =
      status === 403 ? w("code.wrong") : status === 410 || status === 404 ? w("code.ended") : null;
    problem.value = trouble.value === null ? error : null;
  };
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    trouble.value = problem.value = null;
    const code = new FormData(event.currentTarget as HTMLFormElement).get("code");
    try {
      const answer = await ask<{ token: string }>(`/session/enrolments/${sent.enrolment_id}`, {
        method: "POST",
        body: { code },
      });
      await signIn("rescuer", answer.token);
    } catch (error) {
      fail(error);
    }
  };
  const wait = secondsUntil(sent.next_try_at);
  const left = (new Date(sent.expires_at).getTime() - now.value) / 1000;
  return (
    <form class="stack" onSubmit={(event) => void submit(event)}>
      <h1>{w("code.title")}</h1>
      <p>{w(maybe ? "code.sentMaybe" : "code.sent", { phone: sent.code_sent_to })}</p>
      <label class="field">
        <span>{w("code.label")}</span>
        <input
          name="code"
          class="code-input numbers"
          inputMode="numeric"
          autocomplete="one-time-code"
          pattern="[0-9]{6}"
          maxLength={6}
          required
        />
      </label>
      <p class="soft numbers">{w("code.ends", { time: clock(left) })}</p>
      {trouble.value && (
        <p class="strip red" role="alert">
          {trouble.value}
        </p>
      )}
      {problem.value !== null && <ErrorNote error={problem.value} />}
      <button type="submit" class="button primary large wide">
        {w("code.confirm")}
      </button>
      <button
        type="button"
        class="button wide numbers"
        disabled={wait > 0}
        onClick={() => void again().catch(fail)}
      >
        {wait > 0 ? w("code.againIn", { time: clock(wait) }) : w("code.again")}
      </button>
      <p class="soft">{w("code.none")}</p>
    </form>
  );
}
