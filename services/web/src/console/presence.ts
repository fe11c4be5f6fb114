/** Tells dispatch what this console has open and holds, again and again while it does. */
import { effect } from "@preact/signals";
import { dispatch } from "@/common/api";
import { attention, me, selected } from "./state";

/** A third of the time after which dispatch takes it that this console is gone. */
const AGAIN_MS = 10_000;

const quietly = (request: Promise<unknown>): void => {
  request.catch(() => {
    // The stream's state says that the connection is away; the next beat tries again.
  });
};

const at = (id: string) => ({ params: { path: { incident_id: id } } });

export function view(id: string): void {
  quietly(dispatch.PUT("/incidents/{incident_id}/viewing", at(id)));
}

export function leave(id: string): void {
  quietly(dispatch.DELETE("/incidents/{incident_id}/viewing", at(id)));
}

export async function hold(id: string, takeOver = false): Promise<void> {
  await dispatch.PUT("/incidents/{incident_id}/holder", {
    ...at(id),
    body: { take_over: takeOver },
  });
}

export function letGo(id: string): void {
  quietly(dispatch.DELETE("/incidents/{incident_id}/holder", at(id)));
}

/** Begins; what it returns ends it. */
export function start(): () => void {
  let before: string | null = null;
  const end = effect(() => {
    const id = selected.value;
    if (before && before !== id) leave(before);
    if (id && id !== before) view(id);
    before = id;
  });
  const beat = setInterval(() => {
    if (before) view(before);
    for (const [id, who] of attention.peek()) {
      if (who.holder === me.peek()) quietly(hold(id));
    }
  }, AGAIN_MS);
  return () => {
    end();
    clearInterval(beat);
    if (before) leave(before);
  };
}
