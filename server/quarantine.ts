import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { NodeLog } from '#server/cluster/node-log.ts';

/** Damage to what a node remembers of its votes; every other failure to start is a mistake of whoever starts it. */
const forgetfulCodes: ReadonlySet<string> = new Set(['LOG_DAMAGED', 'LOG_MISSING', 'IDENTITY_DAMAGED']);

export interface Quarantine {
  readonly code: string;
  /** What happened, and what to do. */
  readonly reason: string;
}

export interface QuarantineOptions<Node> {
  /** Begins anew with each call, and leaves nothing behind when it rejects. */
  readonly build: () => Promise<Node>;
  readonly id: string;
  /** The node's own, with its identity and its log. */
  readonly folder: string;
  /** Where it is to be added again. */
  readonly peerUrl: string;
  readonly publicUrl: string;
  readonly log: NodeLog;
  /** Ends the wait; the promise then rejects. */
  readonly signal: AbortSignal;
  /** Null: it is over. */
  readonly onQuarantine: (quarantine: Quarantine | null) => void;
  /** Between two looks at the folder. */
  readonly pollMs?: number;
}

/**
 * Builds a node, unless it may have forgotten its votes. Such a one opens no link, so that it can neither vote nor be counted, and waits,
 * saying why, until an operator has emptied its folder: then it is a node that lost its disk, which waits to be added (`founding.ts`).
 * Ending instead would only make a supervisor start it again, for ever, and leave its port mute.
 */
export async function buildOutsideQuarantine<Node>(options: QuarantineOptions<Node>): Promise<Node> {
  const { build, log, onQuarantine } = options;
  for (;;) {
    try {
      return await build();
    } catch (error) {
      const code = codeOf(error);
      if (!(error instanceof Error) || code === null) throw error;
      const quarantine = { code, reason: describe(error.message, options) };
      onQuarantine(quarantine);
      log.error({ code, err: error }, quarantine.reason);
    }
    await untilEmptied(options);
    onQuarantine(null);
    log.info({}, 'the folder is empty: this node begins anew');
  }
}

function codeOf(error: unknown): string | null {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return null;
  return forgetfulCodes.has(error.code) ? error.code : null;
}

function describe(what: string, options: QuarantineOptions<unknown>): string {
  const { id, folder, peerUrl, publicUrl } = options;
  return (
    `${what}. This node may have forgotten its vote, so it takes no part. Replace it: "instaface remove ${id}", empty ${folder}, ` +
    `"instaface add ${id} --peer-url ${peerUrl} --public-url ${publicUrl}"; its process goes on by itself`
  );
}

/** Twice in a row, so that whoever is removing the files is not disturbed by new ones. */
async function untilEmptied({ folder, signal, pollMs = 500 }: QuarantineOptions<unknown>): Promise<void> {
  for (let looks = 0; looks < 2; looks = isEmpty(folder) ? looks + 1 : 0) await pause(pollMs, undefined, { signal });
}

function isEmpty(folder: string): boolean {
  const log = join(folder, 'log');
  return !existsSync(join(folder, 'identity.json')) && (!existsSync(log) || readdirSync(log).length === 0);
}
