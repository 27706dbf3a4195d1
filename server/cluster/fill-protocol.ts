/** What nodes say on the `fill` channel: what they miss, and how far the leader's database is. */
import type { CacheKey, CacheValue, StoreQuery, StoreResult } from '#server/graph/cache-key.ts';
import { GraphError } from '#server/graph/errors.ts';
import type { LogIndex, Term } from '#server/graph/identifiers.ts';
import { isCount, isRecord } from './payload-form.ts';

/** One request may ask for so many keys and edges; more is asked for in several. */
export const fillWeightMax = 50_000;

export interface FillRequest {
  readonly keys: readonly CacheKey[];
  readonly queries: readonly StoreQuery[];
  /** The answer must be true at this index or a later one. */
  readonly min: LogIndex;
  readonly waitMs: number;
}

export interface FillAnswer {
  /** In the order of the keys, all true at `label`. */
  readonly values: readonly CacheValue[];
  readonly label: LogIndex;
  /** In the order of the queries, all true at `resultsLabel`. */
  readonly results: readonly StoreResult[];
  readonly resultsLabel: LogIndex;
  /** Statements that this answer took. */
  readonly statements: number;
}

/** The leader tells everyone how far the database is and up to where the log may be dropped. */
export interface MaterializedNotice {
  readonly kind: 'materialized';
  readonly term: Term;
  readonly materialized: LogIndex;
  readonly compactTo: LogIndex;
}

/** How much of an answer a key may take: an edge is the unit. */
export function weightOf(key: CacheKey): number {
  return key.kind === 'list' ? 1 + key.length : 1;
}

export function readFillRequest(payload: unknown): FillRequest {
  if (isRecord(payload)) {
    const { keys, queries, min, waitMs } = payload;
    if (isListOf(keys, isCacheKey) && isListOf(queries, isStoreQuery) && isCount(min) && typeof waitMs === 'number')
      return { keys, queries, min: min as LogIndex, waitMs: Math.max(0, Math.min(60_000, waitMs)) };
  }
  throw new GraphError('BAD_INPUT', 'the fill is not one that this version understands');
}

/** Every value is of the kind of its key: a value of another kind would be taken for something else further on. */
export function readFillAnswer(payload: unknown, request: FillRequest): FillAnswer {
  if (isRecord(payload)) {
    const { values, label, results, resultsLabel, statements } = payload;
    const isWhole =
      isCount(label) &&
      isCount(resultsLabel) &&
      isCount(statements) &&
      isListOf(values, (value, place): value is CacheValue => isValueOf(value, request.keys[place])) &&
      isListOf(results, isStoreResult) &&
      values.length === request.keys.length &&
      results.length === request.queries.length;
    if (isWhole)
      return { values, label: label as LogIndex, results, resultsLabel: resultsLabel as LogIndex, statements };
  }
  throw new Error('the leader answered a fill with something else');
}

export function readMaterializedNotice(payload: unknown): MaterializedNotice | null {
  if (!isRecord(payload) || payload['kind'] !== 'materialized') return null;
  const { term, materialized, compactTo } = payload;
  if (!isCount(term) || !isCount(materialized) || !isCount(compactTo)) return null;
  return {
    kind: 'materialized',
    term: term as Term,
    materialized: materialized as LogIndex,
    compactTo: compactTo as LogIndex,
  };
}

function isCacheKey(value: unknown): value is CacheKey {
  if (!isRecord(value)) return false;
  const { kind, id, type, key, from, to, length } = value;
  switch (kind) {
    case 'entity':
      return isCount(id);
    case 'unique':
      return typeof type === 'string' && typeof key === 'string';
    case 'association':
      return isCount(from) && typeof type === 'string' && isCount(to);
    case 'count':
      return isCount(from) && typeof type === 'string';
    case 'list':
      return isCount(from) && typeof type === 'string' && isCount(length);
    default:
      return false;
  }
}

function isValueOf(value: unknown, key: CacheKey | undefined): boolean {
  if (!isRecord(value) || value['kind'] !== key?.kind) return false;
  switch (key?.kind) {
    case 'entity':
      return isRecordOrNull(value['entity']);
    case 'unique':
      return value['id'] === null || isCount(value['id']);
    case 'association':
      return isRecordOrNull(value['association']);
    case 'count':
      return isCount(value['count']);
    case 'list': {
      const stretch = value['stretch'];
      return isRecord(stretch) && isListOf(stretch['edges'], isRecord) && typeof stretch['complete'] === 'boolean';
    }
    case undefined:
      return false;
  }
}

const queryKinds = new Set([
  'page',
  'entities-of-type',
  'search',
  'random',
  'most-connected',
  'count-of-type',
  'deleting',
]);

function isStoreQuery(value: unknown): value is StoreQuery {
  if (!isRecord(value) || !queryKinds.has(String(value['kind']))) return false;
  const { kind, type, from, length, text } = value;
  if (kind !== 'count-of-type' && !isCount(length)) return false;
  if (kind !== 'deleting' && typeof type !== 'string') return false;
  if (kind === 'page') return isCount(from);
  return kind !== 'search' || typeof text === 'string';
}

function isStoreResult(value: unknown): value is StoreResult {
  if (!isRecord(value)) return false;
  switch (value['kind']) {
    case 'page':
      return isListOf(value['edges'], isRecord) && typeof value['complete'] === 'boolean';
    case 'ids':
      return isListOf(value['ids'], isCount);
    case 'number':
      return typeof value['value'] === 'number';
    default:
      return false;
  }
}

function isListOf<Item>(value: unknown, is: (item: unknown, place: number) => item is Item): value is readonly Item[];
function isListOf(value: unknown, is: (item: unknown, place: number) => boolean): value is readonly unknown[];
function isListOf(value: unknown, is: (item: unknown, place: number) => boolean): boolean {
  return Array.isArray(value) && value.every((item, place) => is(item, place));
}

function isRecordOrNull(value: unknown): boolean {
  return value === null || isRecord(value);
}
