/** On a new phone: a code to the number that is registered. */
import { useSignal } from "@preact/signals";
import { language } from "@/i18n";
import { ErrorNote } from "@/ui/Bits";
import { ask } from "./net";
import type { CodeSent } from "./types";
import { w } from "./words";

interface Props {
  readonly onSent: (code: CodeSent, again: () => Promise<CodeSent>) => void;
}

export function PhoneSignIn({ onSent }: Props) {
  const problem = useSignal<unknown>(null);
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    problem.value = null;
    const phone = new FormData(event.currentTarget as HTMLFormElement).get("phone");
    const again = (): Promise<CodeSent> =>
      ask<CodeSent>("/sign-ins", { method: "POST", body: { phone, language: language.peek() } });
    try {
      onSent(await again(), again);
    } catch (error) {
      problem.value = error;
    }
  };
  return (
    <form class="stack" onSubmit={(event) => void submit(event)}>
      <h1>{w("signIn.phoneTitle")}</h1>
      <label class="field">
        <span>{w("enrol.phone")}</span>
        <input name="phone" type="tel" autocomplete="tel" inputMode="tel" required />
      </label>
      {problem.value !== null && <ErrorNote error={problem.value} />}
      <button type="submit" class="button primary large wide">
        {w("signIn.send")}
      </button>
    </form>
  );
}
