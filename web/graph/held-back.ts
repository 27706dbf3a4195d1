/** A change of a list that the reader has not been shown yet. */
export interface ListChange {
  /** The list (association type) and the member that came or went. */
  readonly member: string;
  readonly kind: 'ADDED' | 'CHANGED' | 'REMOVED';
  readonly commitIndex: string;
}

/** What happened to a list since it was read: members that came, and whether the reader's list is out of date at all. */
export interface HeldBack {
  readonly added: readonly string[];
  readonly seen: ReadonlySet<string>;
}

export const nothingHeldBack: HeldBack = { added: [], seen: new Set() };

/** More than this says "200+ new"; the next reading of the list forgets them all. */
export const HELD_BACK_MAX = 200;

/**
 * Lists never move under the reader: what comes in is only counted, and read when the reader asks for it. A change may arrive
 * more than once (a subscription that goes on on another node starts with the last commit it saw), and one that was undone
 * again is not news.
 */
export function holdBack(held: HeldBack, change: ListChange): HeldBack {
  const name = `${change.member}@${change.commitIndex}`;
  if (held.seen.has(name) || change.kind === 'CHANGED') return held;
  const seen = new Set([...held.seen, name].slice(-2 * HELD_BACK_MAX));
  if (change.kind === 'REMOVED') return { added: held.added.filter((member) => member !== change.member), seen };
  if (held.added.includes(change.member)) return { ...held, seen };
  return { added: [...held.added, change.member].slice(-HELD_BACK_MAX), seen };
}
