const pollMs = 20;

/** Looks until `look` gives something other than null or false; fails after the bound with what it was waiting for. */
export async function waitFor<Value>(
  what: string,
  look: () => Promise<Value | null | false> | Value | null | false,
  boundMs = 10_000,
): Promise<Value> {
  const end = performance.now() + boundMs;
  let lastError: unknown = null;
  for (;;) {
    try {
      const seen = await look();
      if (seen !== null && seen !== false) return seen;
      lastError = null;
    } catch (error) {
      lastError = error;
    }
    if (performance.now() > end) throw new Error(`waited ${boundMs} ms for ${what}`, { cause: lastError });
    await new Promise((resolve) => {
      setTimeout(resolve, pollMs);
    });
  }
}
