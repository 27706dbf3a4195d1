/** The reading half of the payload codec: every field is checked for its kind, since what is applied cannot be taken back. */
import type { Effect } from '#server/graph/effect.ts';
import type { Properties } from '#server/graph/entity.ts';
import { errorCodes } from '#server/graph/errors.ts';
import { idsPerEntryMax } from '#server/graph/identifiers.ts';
import type { EntityId, LogIndex, NodeId, TimeMs } from '#server/graph/identifiers.ts';
import type { CommandRecord, LogPayload, OperationResult, Outcome } from '#server/graph/log-payload.ts';

interface EntryContext {
  readonly index: LogIndex;
  readonly time: TimeMs;
  readonly types: readonly string[];
}

export interface DecodeOptions {
  readonly index: LogIndex;
  readonly unpack: (record: Uint8Array) => unknown;
}

/** Throws an Error that says which field is wrong. */
export function decodePayloadBody(body: unknown, options: DecodeOptions): LogPayload {
  const [kind, time, leader, ...rest] = list(body, 'payload');
  const head = { time: number(time, 'time'), leader: text(leader, 'leader') as NodeId };
  if (kind === 'expiry') return { kind, ...head, before: number(rest[0], 'before') };
  if (kind !== 'mutations') throw new Error(`unknown kind ${JSON.stringify(kind)}`);
  const types = list(rest[0], 'types').map((type) => text(type, 'type'));
  const context = { index: options.index, time: head.time, types };
  const records = list(rest[1], 'records').map((packed) => {
    if (!(packed instanceof Uint8Array)) throw new Error('a record is no bytes');
    return unpackRecord(list(options.unpack(packed), 'record'), context);
  });
  return { kind, ...head, records };
}

function unpackRecord([key, hash, outcome, effects]: readonly unknown[], context: EntryContext): CommandRecord {
  return {
    key: key instanceof Uint8Array ? uuidOf(key) : text(key, 'key'),
    hash: hash instanceof Uint8Array ? Buffer.from(hash).toString('base64url') : text(hash, 'hash'),
    outcome: unpackOutcome(list(outcome, 'outcome'), context),
    effects: list(effects, 'effects').map((effect) => unpackEffect(list(effect, 'effect'), context)),
  };
}

function uuidOf(bytes: Uint8Array): string {
  if (bytes.length !== 16) throw new Error(`a UUID of ${bytes.length} bytes`);
  const hex = Buffer.from(bytes).toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

function unpackOutcome([tag, ...fields]: readonly unknown[], context: EntryContext): Outcome {
  switch (tag) {
    case 0: {
      const results: OperationResult[] = [];
      if (fields.length % 3 !== 0) throw new Error('results that do not come in threes');
      for (let i = 0; i < fields.length; i += 3) {
        results.push({
          id: fields[i] === null ? null : unpackId(fields[i], context),
          changed: flag(fields[i + 1], 'changed'),
          type: fields[i + 2] === null ? null : unpackType(fields[i + 2], context),
        });
      }
      return { kind: 'done', results };
    }
    case 1: {
      const code = errorCodes.find((known) => known === fields[0]);
      if (code === undefined) throw new Error(`unknown error code ${JSON.stringify(fields[0])}`);
      return { kind: 'refused', code, message: text(fields[1], 'message') };
    }
    case 2:
      return { kind: 'pending' };
    default:
      throw new Error(`unknown outcome ${JSON.stringify(tag)}`);
  }
}

function unpackEffect([tag, ...fields]: readonly unknown[], context: EntryContext): Effect {
  const [a, b, c] = fields;
  switch (tag) {
    case 0:
      return entityPut(fields, context);
    case 1:
      return { kind: 'entity-removed', id: unpackId(a, context), type: unpackType(b, context) };
    case 2:
      return { kind: 'key-put', type: unpackType(a, context), key: text(b, 'key'), id: unpackId(c, context) };
    case 3:
      return { kind: 'key-removed', type: unpackType(a, context), key: text(b, 'key') };
    case 4:
      return associationPut(fields, context);
    case 5:
      return {
        kind: 'association-removed',
        from: unpackId(a, context),
        type: unpackType(b, context),
        to: unpackId(c, context),
      };
    case 6:
      return {
        kind: 'count-put',
        from: unpackId(a, context),
        type: unpackType(b, context),
        count: number(c, 'count'),
      };
    default:
      throw new Error(`unknown effect ${JSON.stringify(tag)}`);
  }
}

function entityPut(fields: readonly unknown[], context: EntryContext): Effect {
  const [id, type, created, createdAt, updatedAt, version, deletingKey, properties] = fields;
  return {
    kind: 'entity-put',
    created: flag(created, 'created'),
    entity: {
      id: unpackId(id, context),
      type: unpackType(type, context),
      properties: unpackProperties(properties),
      createdAt: orOwn(createdAt, context.time),
      updatedAt: orOwn(updatedAt, context.time),
      version: orOwn(version, context.index) as LogIndex,
      deletingKey: deletingKey === null ? null : text(deletingKey, 'deletingKey'),
    },
  };
}

function associationPut(fields: readonly unknown[], context: EntryContext): Effect {
  const [from, type, to, created, time = null, version = null, properties = '{}'] = fields;
  const association = {
    from: unpackId(from, context),
    type: unpackType(type, context),
    to: unpackId(to, context),
    time: orOwn(time, context.time),
    properties: unpackProperties(properties),
    version: orOwn(version, context.index) as LogIndex,
  };
  if (created === null) return { kind: 'association-put', association };
  return { kind: 'association-put', association, created: flag(created, 'created') };
}

function unpackId(value: unknown, context: EntryContext): EntityId {
  const id = number(value, 'id');
  if (!Number.isSafeInteger(id) || id < -idsPerEntryMax) throw new Error(`id ${id}`);
  return (id < 0 ? context.index * idsPerEntryMax - 1 - id : id) as EntityId;
}

function unpackType(value: unknown, { types }: EntryContext): string {
  const type = types[number(value, 'type')];
  if (type === undefined) throw new Error(`type ${String(value)} of ${types.length}`);
  return type;
}

const noProperties: Properties = Object.freeze({});

function unpackProperties(value: unknown): Properties {
  if (value === '{}') return noProperties;
  const properties: unknown = JSON.parse(text(value, 'properties'));
  if (typeof properties !== 'object' || properties === null || Array.isArray(properties))
    throw new Error('properties that are no object');
  return properties as Properties;
}

function orOwn(value: unknown, own: number): number {
  return value === null ? own : number(value, 'time or version');
}

function list(value: unknown, what: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new Error(`${what} is no list`);
  return value;
}

function text(value: unknown, what: string): string {
  if (typeof value !== 'string') throw new Error(`${what} is no text`);
  return value;
}

function number(value: unknown, what: string): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw new Error(`${what} is no number`);
  return value;
}

function flag(value: unknown, what: string): boolean {
  if (typeof value !== 'boolean') throw new Error(`${what} is no boolean`);
  return value;
}
