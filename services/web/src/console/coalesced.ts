/** Runs work at most once at a time and not oftener than every so often, the last wish included. */
export function coalesced(work: () => Promise<void>, everyMs: number): () => void {
  let running = false;
  let wanted = false;
  const run = async (): Promise<void> => {
    running = true;
    while (wanted) {
      wanted = false;
      await work();
      await new Promise((resolve) => setTimeout(resolve, everyMs));
    }
    running = false;
  };
  return () => {
    wanted = true;
    if (!running) void run();
  };
}
