/** A change of a list that the reader has not been shown yet. */
export interface ListChange {
  /** Who or what came or went; with the list in front where several lists are shown as one. */
  readonly member: string;
  readonly kind: 'ADDED' | 'CHANGED' | 'REMOVED';
  readonly commitIndex: string;
}

/** What happened to a list since it was read. */
export interface HeldBack {
  /** Members that came and have not gone again, oldest first. */
  readonly added: readonly ListChange[];
  /** The changes of late, by name; each is told at least once. */
  readonly seen: ReadonlySet<string>;
  /** The log index that the list was read at: what was committed up to it is shown. Null before the first reading. */
  readonly readAt: string | null;
}

export const nothingHeldBack: HeldBack = { added: [], seen: new Set(), readAt: null };

/** More than this says "200+ new"; the next reading of the list forgets them all. */
export const HELD_BACK_MAX = 200;

/**
 * Lists never move under the reader: what comes in is only counted, and read when the reader asks for it. A change may arrive
 * more than once (a subscription that goes on on another node starts with the last commit it saw), may be part of the list
 * already (the reader's own), and one that was undone again is not news.
 */
export function holdBack(held: HeldBack, change: ListChange): HeldBack {
  const name = `${change.kind} ${change.member} ${change.commitIndex}`;
  if (held.seen.has(name) || change.kind === 'CHANGED' || isShown(held, change)) return held;
  const seen = new Set([...held.seen, name].slice(-2 * HELD_BACK_MAX));
  const others = held.added.filter((one) => one.member !== change.member);
  if (change.kind === 'REMOVED') return { ...held, added: others, seen };
  if (others.length < held.added.length) return { ...held, seen };
  return { ...held, added: [...held.added, change].slice(-HELD_BACK_MAX), seen };
}

/** The list was read again: what was committed up to this index is no longer held back. */
export function readUpTo(held: HeldBack, index: string): HeldBack {
  if (held.readAt === index) return held;
  const read = { ...held, readAt: index };
  return { ...read, added: held.added.filter((change) => !isShown(read, change)) };
}

function isShown(held: HeldBack, change: ListChange): boolean {
  return held.readAt !== null && BigInt(change.commitIndex) <= BigInt(held.readAt);
}
