/** Saving at once, and saying so: there is no button to forget. */
import { type Signal, useSignal } from "@preact/signals";
import { ErrorNote } from "@/ui/Bits";
import { changeProfile } from "./state";
import type { ProfileChange } from "./types";
import { w } from "./words";

export interface Saving {
  readonly state: Signal<"idle" | "saving" | "saved">;
  readonly problem: Signal<unknown>;
  readonly save: (change: ProfileChange) => Promise<boolean>;
}

export function useSaving(): Saving {
  const state = useSignal<"idle" | "saving" | "saved">("idle");
  const problem = useSignal<unknown>(null);
  const save = async (change: ProfileChange): Promise<boolean> => {
    state.value = "saving";
    problem.value = null;
    try {
      await changeProfile(change);
      state.value = "saved";
      return true;
    } catch (error) {
      state.value = "idle";
      problem.value = error;
      return false;
    }
  };
  return { state, problem, save };
}

export function Saved({ saving }: { saving: Saving }) {
  return (
    <div aria-live="polite" class="saved">
      {saving.state.value === "saved" && <p class="soft">✓ {w("settings.saved")}</p>}
      {saving.problem.value !== null && <ErrorNote error={saving.problem.value} />}
    </div>
  );
}
