import type { Client } from './access.ts';

/** The longest that a timer of Node waits; a connection of a token that lives longer is made again once in it. */
const waitMsMax = 2 ** 31 - 1;

/** Calls `end` when the client's token ends, unless the function that it returns is called before. */
export function atExpiry({ expiresAtMs }: Client, end: () => void): () => void {
  if (expiresAtMs === null) return () => {};
  const timer = setTimeout(end, Math.min(Math.max(0, expiresAtMs - Date.now()), waitMsMax));
  timer.unref();
  return () => clearTimeout(timer);
}
