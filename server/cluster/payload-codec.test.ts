// Goal: what is read is what was written, and nothing else is ever read. Method: random payloads, then every way to break their bytes.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { v7 } from 'uuid';
import type { Effect } from '#server/graph/effect.ts';
import type { JsonValue, Properties } from '#server/graph/entity.ts';
import { AssertionFailed, errorCodes } from '#server/graph/errors.ts';
import type { EntityId, LogIndex, NodeId } from '#server/graph/identifiers.ts';
import type { CommandRecord, LogPayload } from '#server/graph/log-payload.ts';
import { decodePayload, encodePayload } from './payload-codec.ts';

const index = 88_234 as LogIndex;
const time = 1_790_000_000_000;
const leader = 'n1' as NodeId;

const id = fc.oneof(
  fc.nat(4_095).map((place) => (index * 4_096 + place) as EntityId),
  fc.nat(2 ** 31 - 1).map((n) => (n * 4_096) as EntityId),
);
const type = fc.constantFrom('User', 'Status', 'friend', 'likes');
const moment = fc.oneof(fc.constant(time), fc.integer({ min: -62_135_596_800_000, max: 253_402_300_799_999 }));
const version = fc.oneof(
  fc.constant(index),
  fc.nat(2 ** 40).map((n) => n as LogIndex),
);
const properties = fc.oneof(
  fc.constant({}),
  fc
    .dictionary(fc.string(), fc.jsonValue(), { maxKeys: 4 })
    .map((value) => JSON.parse(JSON.stringify(value)) as Properties),
);
const effect: fc.Arbitrary<Effect> = fc.oneof(
  fc.record({
    kind: fc.constant('entity-put' as const),
    created: fc.boolean(),
    entity: fc.record({
      id,
      type,
      properties,
      createdAt: moment,
      updatedAt: moment,
      version,
      deletingKey: fc.option(fc.string()),
    }),
  }),
  fc.record({ kind: fc.constant('entity-removed' as const), id, type }),
  fc.record({ kind: fc.constant('key-put' as const), type, key: fc.string({ unit: 'grapheme' }), id }),
  fc.record({ kind: fc.constant('key-removed' as const), type, key: fc.string({ unit: 'grapheme' }) }),
  fc.record({
    kind: fc.constant('association-put' as const),
    association: fc.record({ from: id, type, to: id, time: moment, properties, version }),
    created: fc.boolean(),
  }),
  fc.record({ kind: fc.constant('association-removed' as const), from: id, type, to: id }),
  fc.record({ kind: fc.constant('count-put' as const), from: id, type, count: fc.nat() }),
);
const record: fc.Arbitrary<CommandRecord> = fc.record({
  key: fc.oneof(fc.uuid(), fc.string({ unit: 'grapheme' })),
  hash: fc.oneof(fc.uint8Array({ minLength: 32, maxLength: 32 }).map(base64url), fc.string()),
  outcome: fc.oneof(
    fc.record({
      kind: fc.constant('done' as const),
      results: fc.array(fc.record({ id: fc.option(id), changed: fc.boolean(), type: fc.option(type) }), {
        maxLength: 4,
      }),
    }),
    fc.record({ kind: fc.constant('refused' as const), code: fc.constantFrom(...errorCodes), message: fc.string() }),
    fc.constant({ kind: 'pending' as const }),
  ),
  effects: fc.array(effect, { maxLength: 8 }),
});
const payload: fc.Arbitrary<LogPayload> = fc.oneof(
  fc.record({
    kind: fc.constant('mutations' as const),
    time: fc.constant(time),
    leader: fc.constant(leader),
    records: fc.array(record, { maxLength: 4 }),
  }),
  fc.record({
    kind: fc.constant('expiry' as const),
    time: fc.constant(time),
    leader: fc.constant(leader),
    before: moment,
  }),
);

function base64url(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url');
}

function friendships(count: number): LogPayload {
  const records = Array.from({ length: count }, (_, i): CommandRecord => {
    const a = ((index - 7_000 - i) * 4_096) as EntityId;
    const b = ((index - 90 - 3 * i) * 4_096) as EntityId;
    const edge = (from: EntityId, to: EntityId): Effect => ({
      kind: 'association-put',
      association: { from, type: 'friend', to, time, properties: {}, version: index },
      created: true,
    });
    return {
      key: v7(),
      hash: base64url(new Uint8Array(32).fill(i)),
      outcome: { kind: 'done', results: [{ id: null, changed: true }] },
      effects: [
        edge(a, b),
        edge(b, a),
        { kind: 'count-put', from: a, type: 'friend', count: i },
        { kind: 'count-put', from: b, type: 'friend', count: 200 },
      ],
    };
  });
  return { kind: 'mutations', time, leader, records };
}

describe('a payload', () => {
  test('comes back as it was', () => {
    fc.assert(
      fc.property(payload, (written) => {
        expect(decodePayload(encodePayload(written, index), index)).toEqual(written);
      }),
    );
  });

  test('keeps names in properties that objects treat specially', () => {
    const odd = JSON.parse('{"__proto__":{"a":[null,-0.5,1e300]},"constructor":"x","half":"\\ud800"}') as JsonValue;
    const put: Effect = {
      kind: 'entity-put',
      created: false,
      entity: {
        id: 5 as EntityId,
        type: 'User',
        properties: odd as Properties,
        createdAt: time,
        updatedAt: time,
        version: index,
        deletingKey: null,
      },
    };
    const records: CommandRecord[] = [{ key: 'k', hash: 'h', outcome: { kind: 'pending' }, effects: [put] }];
    const read = decodePayload(encodePayload({ kind: 'mutations', time, leader, records }, index), index);
    const [effect] = read.kind === 'mutations' ? (read.records[0]?.effects ?? []) : [];
    expect(JSON.stringify(effect?.kind === 'entity-put' ? effect.entity.properties : null)).toBe(JSON.stringify(odd));
  });

  test('of 1,000 friendships takes at most 150,000 bytes', () => {
    expect(encodePayload(friendships(1_000), index).length).toBeLessThanOrEqual(150_000);
  });
});

describe('bytes that are no payload', () => {
  const whole = encodePayload(friendships(3), index);

  test('of another version are refused by name', () => {
    const bytes = Uint8Array.from(whole);
    bytes[0] = 9;
    expect(() => decodePayload(bytes, index)).toThrow('entry 88234 has payload version 9, this node reads 1');
    expect(() => decodePayload(new Uint8Array(0), index)).toThrow(AssertionFailed);
  });

  test('cut at any byte fail an assertion', () => {
    for (let length = 0; length < whole.length; length++) {
      expect(() => decodePayload(whole.subarray(0, length), index), `${length} bytes`).toThrow(AssertionFailed);
    }
  });

  test('followed by others fail an assertion', () => {
    expect(() => decodePayload(Buffer.concat([whole, Buffer.of(1)]), index)).toThrow(AssertionFailed);
  });

  test('at random either fail an assertion or are a payload of the right form', () => {
    fc.assert(
      fc.property(fc.nat(whole.length - 2), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const bytes = Uint8Array.from(whole);
        bytes[at + 1] = (bytes[at + 1] ?? 0) ^ flip;
        try {
          const read = decodePayload(bytes, index);
          expect(['mutations', 'expiry']).toContain(read.kind);
        } catch (error) {
          expect(error).toBeInstanceOf(AssertionFailed);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
