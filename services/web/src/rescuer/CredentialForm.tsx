/** A certificate as a photo or a number. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { number } from "@/i18n";
import { Icon } from "@/ui/Icon";
import { type Photo, shrink } from "./photo";
import type { Enrolment } from "./types";
import { code, w } from "./words";

export type Credential = NonNullable<Enrolment["credential"]>;

const KINDS = ["first_aid", "cpr", "nurse", "doctor", "paramedic", "other"] as const;

const text = (value: FormDataEntryValue | null): string =>
  typeof value === "string" ? value.trim() : "";

interface Props {
  readonly submit: string;
  readonly onSubmit: (credential: Credential) => Promise<void>;
}

export function CredentialForm({ submit, onSubmit }: Props) {
  const photo = useSignal<Photo | null>(null);
  const trouble = useSignal<string | null>(null);
  const busy = useSignal(false);
  useEffect(
    () => () => {
      if (photo.peek()) URL.revokeObjectURL(photo.peek()?.url ?? "");
    },
    [],
  );
  const choose = async (file: File | undefined): Promise<void> => {
    if (!file) return;
    trouble.value = null;
    try {
      photo.value = await shrink(file);
    } catch {
      trouble.value = w("enrol.photoBad");
    }
  };
  const send = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const given = text(form.get("number"));
    if (!given && !photo.value) {
      trouble.value = w("enrol.needOne");
      return;
    }
    const expires = text(form.get("expires_on"));
    busy.value = true;
    await onSubmit({
      kind: text(form.get("kind")),
      ...(given ? { number: given } : {}),
      ...(expires ? { expires_on: expires } : {}),
      ...(photo.value ? { photo: photo.value.base64 } : {}),
    });
    busy.value = false;
  };
  return (
    <form class="stack" onSubmit={(event) => void send(event)}>
      <label class="field">
        <span>{w("enrol.kind")}</span>
        <select name="kind">
          {KINDS.map((kind) => (
            <option key={kind} value={kind}>
              {code("kind", kind)}
            </option>
          ))}
        </select>
      </label>
      <label class="button large wide file">
        <Icon name="plus" />
        {w(photo.value ? "enrol.photoAgain" : "enrol.photo")}
        <input
          type="file"
          accept="image/*"
          capture="environment"
          class="visually-hidden"
          onChange={(event) => void choose(event.currentTarget.files?.[0])}
        />
      </label>
      {photo.value && (
        <figure>
          <img class="photo" src={photo.value.url} alt={w("enrol.photoShown")} />
          <figcaption class="soft">
            {w("enrol.photoReady", { size: number(Math.ceil(photo.value.bytes / 1024)) })}
          </figcaption>
        </figure>
      )}
      <label class="field">
        <span>
          {w("enrol.number")} ({w("enrol.optional")})
        </span>
        <input name="number" maxLength={64} autocomplete="off" />
      </label>
      <label class="field">
        <span>
          {w("enrol.expires")} ({w("enrol.optional")})
        </span>
        <input name="expires_on" type="date" />
      </label>
      {trouble.value && (
        <p class="strip amber" role="alert">
          {trouble.value}
        </p>
      )}
      <button type="submit" class="button primary large wide" disabled={busy.value}>
        {submit}
      </button>
    </form>
  );
}
