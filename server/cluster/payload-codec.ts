/**
 * LogPayload ↔ the data of an entry. The log, every link and every node's memory carry these bytes, so they are packed by
 * position, not by name: a version byte, then one msgpack array. What an entry repeats is left out: the time and the index of the
 * entry itself, ids that it makes and the names of types, each once, in a table.
 *
 * Properties travel as JSON text: exactly what a client sent comes back, names such as `__proto__` included.
 */
import { Packr } from 'msgpackr';
import type { Effect } from '#server/graph/effect.ts';
import type { JsonValue, Properties } from '#server/graph/entity.ts';
import { assert } from '#server/graph/errors.ts';
import { idsPerEntryMax } from '#server/graph/identifiers.ts';
import type { EntityId, LogIndex, TimeMs } from '#server/graph/identifiers.ts';
import type { CommandRecord, LogPayload, Outcome } from '#server/graph/log-payload.ts';
import { decodePayloadBody } from './payload-decoder.ts';

/** Moves when an older node could not read what a newer one writes. */
const payloadVersion = 1;

const packr = new Packr({ useRecords: false, variableMapSize: true, copyBuffers: true, useToJSON: false });

/** What an entry says once for all of its records. */
interface EntryContext {
  readonly index: LogIndex;
  readonly time: TimeMs;
  /** Names of entity and association types, in the order they were met. */
  readonly types: Map<string, number>;
}

/** Collects the records of an entry, so that its size is known before it is closed. */
export class PayloadEncoder {
  readonly #context: EntryContext;
  readonly #leader: string;
  readonly #records: Uint8Array[] = [];
  #bytes = 0;

  constructor(entry: { readonly index: LogIndex; readonly time: TimeMs; readonly leader: string }) {
    this.#context = { index: entry.index, time: entry.time, types: new Map() };
    this.#leader = entry.leader;
  }

  /** Bytes so far, without the few of the head. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The bytes of a record in this entry; it is not in it before `add`. */
  pack({ key, hash, outcome, effects }: CommandRecord): Uint8Array {
    return packr.pack([
      packText(key, uuidForm),
      packText(hash, hashForm),
      packOutcome(outcome, this.#context),
      effects.map((effect) => packEffect(effect, this.#context)),
    ]);
  }

  add(packed: Uint8Array): void {
    this.#records.push(packed);
    this.#bytes += packed.length;
  }

  finish(): Uint8Array {
    const { time, types } = this.#context;
    return withVersion(['mutations', time, this.#leader, [...types.keys()], this.#records]);
  }
}

export function encodePayload(payload: LogPayload, index: LogIndex): Uint8Array {
  if (payload.kind === 'expiry') return withVersion(['expiry', payload.time, payload.leader, payload.before]);
  const encoder = new PayloadEncoder({ index, time: payload.time, leader: payload.leader });
  for (const record of payload.records) encoder.add(encoder.pack(record));
  return encoder.finish();
}

/** Throws AssertionFailed on anything that `encodePayload` of this version does not write: a corrupt entry must not be applied. */
export function decodePayload(bytes: Uint8Array, index: LogIndex): LogPayload {
  assert(
    bytes[0] === payloadVersion,
    `entry ${index} has payload version ${bytes[0] ?? 'none'}, this node reads ${payloadVersion}`,
  );
  let body: unknown;
  let payload: LogPayload;
  try {
    body = packr.unpack(bytes.subarray(1));
    payload = decodePayloadBody(body, { index, unpack: (record) => packr.unpack(record) });
  } catch (error) {
    assert(false, `entry ${index} is corrupt: ${error instanceof Error ? error.message : String(error)}`);
  }
  return payload;
}

/** How many mutations an entry holds that is not applied yet; null where it holds another kind. Never throws. */
export function countRecords(bytes: Uint8Array): number | null {
  try {
    const body: unknown = bytes[0] === payloadVersion ? packr.unpack(bytes.subarray(1)) : null;
    return Array.isArray(body) && body[0] === 'mutations' && Array.isArray(body[4]) ? body[4].length : null;
  } catch {
    return null;
  }
}

function withVersion(body: readonly unknown[]): Uint8Array {
  const packed = packr.pack(body);
  const bytes = new Uint8Array(packed.length + 1);
  bytes[0] = payloadVersion;
  bytes.set(packed, 1);
  return bytes;
}

/** Texts of a known form travel as the bytes that they spell; any other as it is. */
const uuidForm = {
  pattern: /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/,
  encoding: 'hex',
} as const;
const hashForm = { pattern: /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/, encoding: 'base64url' } as const;

function packText(text: string, form: typeof uuidForm | typeof hashForm): string | Uint8Array {
  if (!form.pattern.test(text)) return text;
  return Buffer.from(form.encoding === 'hex' ? text.replaceAll('-', '') : text, form.encoding);
}

/** An id that the entry itself makes is its place, less than 0; others are themselves. */
function packId(id: EntityId, context: EntryContext): number {
  const place = id - context.index * idsPerEntryMax;
  return place >= 0 && place < idsPerEntryMax ? -1 - place : id;
}

function packType(type: string, { types }: EntryContext): number {
  const known = types.get(type);
  if (known !== undefined) return known;
  types.set(type, types.size);
  return types.size - 1;
}

function packOutcome(outcome: Outcome, context: EntryContext): readonly unknown[] {
  switch (outcome.kind) {
    case 'done':
      return [
        0,
        ...outcome.results.flatMap((result) => [
          result.id === null ? null : packId(result.id, context),
          result.changed,
          result.type === undefined || result.type === null ? null : packType(result.type, context),
        ]),
      ];
    case 'refused':
      return [1, outcome.code, outcome.message];
    case 'pending':
      return [2];
  }
}

/** Null stands for the entry's own time or index. */
const unlessSame = (value: number, own: number): number | null => (value === own ? null : value);
const packProperties = (properties: Properties): string => JSON.stringify(properties satisfies JsonValue);

function packEffect(effect: Effect, context: EntryContext): readonly unknown[] {
  switch (effect.kind) {
    case 'entity-put': {
      const { id, type, properties, createdAt, updatedAt, version, deletingKey } = effect.entity;
      return [
        0,
        packId(id, context),
        packType(type, context),
        effect.created,
        unlessSame(createdAt, context.time),
        unlessSame(updatedAt, context.time),
        unlessSame(version, context.index),
        deletingKey,
        packProperties(properties),
      ];
    }
    case 'entity-removed':
      return [1, packId(effect.id, context), packType(effect.type, context)];
    case 'key-put':
      return [2, packType(effect.type, context), effect.key, packId(effect.id, context)];
    case 'key-removed':
      return [3, packType(effect.type, context), effect.key];
    case 'association-put': {
      const { from, type, to, time, version, properties } = effect.association;
      const head = [4, packId(from, context), packType(type, context), packId(to, context), effect.created ?? null];
      const rest = [unlessSame(time, context.time), unlessSame(version, context.index), packProperties(properties)];
      const isPlain = rest[0] === null && rest[1] === null && rest[2] === '{}';
      return isPlain ? head : [...head, ...rest];
    }
    case 'association-removed':
      return [5, packId(effect.from, context), packType(effect.type, context), packId(effect.to, context)];
    case 'count-put':
      return [6, packId(effect.from, context), packType(effect.type, context), effect.count];
  }
}
