import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { NodeId } from '../core/types.ts';
import { checkMessage } from './check-message.ts';

const link = { from: 'n1' as NodeId, to: 'n2' as NodeId };
const envelope = { ...link, term: 3 };
const entry = { index: 5, term: 3, kind: 'command', data: new Uint8Array([1]) };
const vote = { lastIndex: 4, lastTerm: 2, transfer: false };
const samples = [
  { ...envelope, kind: 'pre-vote-request', ...vote },
  { ...envelope, kind: 'vote-request', ...vote },
  { ...envelope, kind: 'pre-vote-response', granted: true },
  { ...envelope, kind: 'vote-response', granted: false },
  { ...envelope, kind: 'append-request', previousIndex: 4, previousTerm: 2, entries: [entry], commit: 4 },
  { ...envelope, kind: 'append-response', success: true, index: 5, hintIndex: 0, hintTerm: 0 },
  { ...envelope, kind: 'heartbeat-request', commit: 4, readNumber: 1 },
  { ...envelope, kind: 'heartbeat-response', readNumber: 1, lastIndex: 5 },
  {
    ...envelope,
    kind: 'snapshot-request',
    mark: { index: 4, term: 2, configuration: { voters: ['n1'], learners: [] } },
  },
  { ...envelope, kind: 'snapshot-response', index: 4 },
  { ...envelope, kind: 'read-index-request', request: 9 },
  { ...envelope, kind: 'read-index-response', request: 9, index: null },
  { ...envelope, kind: 'timeout-now' },
] as const;

test.each(samples)('a whole $kind passes as it is', (sample) => {
  expect(checkMessage(sample, link)).toBe(sample);
});

test.each(samples)('a $kind with any of its fields missing or of another type is dropped', (sample) => {
  for (const field of Object.keys(sample)) {
    expect(checkMessage({ ...sample, [field]: undefined }, link), field).toBeNull();
    expect(checkMessage({ ...sample, [field]: { other: 1 } }, link), field).toBeNull();
    expect(checkMessage({ ...sample, [field]: -1.5 }, link), field).toBeNull();
  }
});

test('a message that speaks for another node than the one at the end of the link is dropped', () => {
  for (const sample of samples) expect(checkMessage(sample, { from: 'n3' as NodeId, to: link.to })).toBeNull();
});

test('the configuration of a mark may say where its members are, in whole addresses or not at all', () => {
  const mark = (addresses: unknown) => ({
    ...envelope,
    kind: 'snapshot-request',
    mark: { index: 4, term: 2, configuration: { voters: ['n1'], learners: [], addresses } },
  });
  const address = { id: 'n1', peer: 'a:1', publicUrl: '' };
  expect(checkMessage(mark([address]), link)).not.toBeNull();
  expect(checkMessage(mark([address, address]), link)).toBeNull();
  expect(checkMessage(mark([{ ...address, peer: 1 }]), link)).toBeNull();
  expect(checkMessage(mark({}), link)).toBeNull();
});

test('an entry whose data are not bytes, or of an unknown kind, spoils its message', () => {
  const append = { ...envelope, kind: 'append-request', previousIndex: 4, previousTerm: 2, commit: 4 };
  expect(checkMessage({ ...append, entries: [{ ...entry, data: 'text' }] }, link)).toBeNull();
  expect(checkMessage({ ...append, entries: [{ ...entry, kind: 'prototype' }] }, link)).toBeNull();
  expect(checkMessage({ ...append, entries: [entry, null] }, link)).toBeNull();
});

test('anything else is dropped without a fuss', () => {
  expect(checkMessage({ ...envelope, kind: 'constructor' }, link)).toBeNull();
  fc.assert(fc.property(fc.anything(), (anything) => checkMessage(anything, link) === null));
});
