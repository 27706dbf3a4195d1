import { Observable } from './observable.ts';

/** What a node says about an answer (`extensions.instaface`). Durations are milliseconds. */
export interface Answer {
  readonly node: string;
  /** The log index that the whole answer is true at. */
  readonly index: string;
  /** Since this node last heard a leader; null when it never did. */
  readonly leaderHeardMs: number | null;
  readonly cacheHits: number;
  readonly cacheMisses: number;
  readonly leaderFetches: number;
  readonly databaseFetches: number;
  readonly totalMs: number;
  readonly fetchMs: number;
}

/** Reads the extensions of a response; null when they are not those of an Instaface node. */
export function readAnswer(extensions: unknown): Answer | null {
  const said = field(extensions, 'instaface');
  const node = field(said, 'node');
  const index = field(said, 'index');
  if (typeof node !== 'string' || typeof index !== 'string') return null;
  const heard = field(said, 'leaderHeardMs');
  return {
    node,
    index,
    leaderHeardMs: typeof heard === 'number' ? heard : null,
    cacheHits: count(said, 'cacheHits'),
    cacheMisses: count(said, 'cacheMisses'),
    leaderFetches: count(said, 'leaderFetches'),
    databaseFetches: count(said, 'databaseFetches'),
    totalMs: count(field(said, 'ms'), 'total'),
    fetchMs: count(field(said, 'ms'), 'fetch'),
  };
}

/** The newest answer to a query of this page. */
export const lastAnswer = new Observable<Answer | null>(null);

/**
 * The newest commit of this page's own mutations. It goes along with queries as `instaface-at-least`, so that what was just
 * written is seen on whichever node the page has moved to since.
 */
export const ownCommit = new Observable<string | null>(null);

export function rememberCommit(index: string): void {
  const known = ownCommit.get();
  if (known === null || BigInt(index) > BigInt(known)) ownCommit.set(index);
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

function count(value: unknown, name: string): number {
  const found = field(value, name);
  return typeof found === 'number' && Number.isFinite(found) ? found : 0;
}
