import { assert, GraphError } from './errors.ts';
import type { LogIndex } from './identifiers.ts';

/**
 * The identity of a cluster: a UUID, and for each time that it was made anew from its database alone (`recover`) a point and the index that
 * the database was at. Handshakes, claims and what a joining node is told carry the identity anyway, so every node knows the gaps
 * in its history without a message or a table of their own.
 */

/**
 * How far a recovered log begins after what the database holds. An old leader cannot have been so far ahead: what it may append beyond the
 * database is bounded far below that.
 */
export const gapEntries = 2 ** 30;

/** Keeps the identity within the lengths that a handshake and the database take. */
const gapsKeptMax = 8;
/** Ids are index × 4096 + place, and stay safe integers up to here. */
const logIndexMax = 2 ** 41;

/** Indexes after `after` and before `until` are of a log that is gone. Invariant: until = after + gapEntries. */
export interface HistoryGap {
  readonly after: LogIndex;
  readonly until: LogIndex;
}

/** Where the log of a cluster begins whose database is at `index`; null: no ids would be left for it. */
export function recoveredStart(index: LogIndex): LogIndex | null {
  const start = index + gapEntries;
  return start + gapEntries < logIndexMax ? (start as LogIndex) : null;
}

/** The oldest gaps give way to new ones: see `checkHistory`. */
export function recoveredIdentity(old: {
  readonly identity: string;
  readonly index: LogIndex;
  readonly uuid: string;
}): string {
  assert(!old.uuid.includes('.'), `${old.uuid} is a name without a point`);
  const ends = [...historyGaps(old.identity).map(({ after }) => after), old.index];
  return [old.uuid, ...ends.slice(-gapsKeptMax)].join('.');
}

export function historyGaps(identity: string): readonly HistoryGap[] {
  return identity
    .split('.')
    .slice(1)
    .map((text) => {
      const after = Number(text);
      assert(/^\d+$/.test(text) && after < logIndexMax, `${identity} names the end of a log: ${text}`);
      return { after: after as LogIndex, until: (after + gapEntries) as LogIndex };
    });
}

/**
 * HISTORY_GONE for an index whose commit this cluster may have lost. With as many gaps as an identity holds earlier ones may have given way:
 * then everything before the oldest is doubted.
 */
export function checkHistory(gaps: readonly HistoryGap[], index: LogIndex): void {
  const gap = gaps.find(
    ({ after, until }, place) => index < until && (index > after || (place === 0 && gaps.length === gapsKeptMax)),
  );
  if (gap === undefined || index === 0) return;
  throw new GraphError(
    'HISTORY_GONE',
    `commit ${index} is of a log that is gone: the cluster was recovered from its database at ${gap.after}. Read again without it`,
    { recoveredAt: String(gap.after), firstIndex: String(gap.until + 1) },
  );
}
