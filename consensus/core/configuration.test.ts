import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AssertionFailed } from './assert.ts';
import { decodeConfiguration, encodeConfiguration, isSingleServerChange, parseConfiguration } from './configuration.ts';
import { bytesOf, nodeId } from './testing-network.ts';

const ids = fc.uniqueArray(fc.string({ minLength: 1, unit: 'binary' }), { minLength: 1, maxLength: 8 });

describe('configurations as bytes', () => {
  test('any names survive, and every byte is ASCII', () => {
    fc.assert(
      fc.property(ids, fc.nat(8), (names, cut) => {
        const voterCount = Math.max(1, Math.min(cut, names.length));
        const configuration = {
          voters: names.slice(0, voterCount).map(nodeId),
          learners: names.slice(voterCount).map(nodeId),
          ...(cut % 2 === 0
            ? {}
            : { addresses: names.map((name) => ({ id: nodeId(name), peer: `${name}:1`, publicUrl: '' })) }),
        };
        const data = encodeConfiguration(configuration);
        expect(data.every((byte) => byte < 128)).toBe(true);
        expect(decodeConfiguration(data)).toEqual(configuration);
      }),
    );
  });

  test.each([
    ['', 'nothing'],
    ['{', 'no JSON'],
    ['null', 'no object'],
    ['{"voters":["n1"]}', 'no learners'],
    ['{"voters":[],"learners":["n1"]}', 'nobody votes'],
    ['{"voters":["n1",""],"learners":[]}', 'an empty name'],
    ['{"voters":["n1",2],"learners":[]}', 'a name that is a number'],
    ['{"voters":["n1","n1"],"learners":[]}', 'a voter twice'],
    ['{"voters":["n1"],"learners":["n1"]}', 'voter and learner at once'],
    ['{"voters":["n1"],"learners":[],"addresses":{}}', 'addresses that are no list'],
    ['{"voters":["n1"],"learners":[],"addresses":[{"id":"n1","peer":4100,"publicUrl":""}]}', 'a port for an address'],
    [
      '{"voters":["n1"],"learners":[],"addresses":[{"id":"n2","peer":"a:1","publicUrl":""}]}',
      'the address of a stranger',
    ],
  ])('%s is refused: %s', (text) => {
    expect(parseConfiguration(bytesOf(text))).toBeNull();
    expect(() => decodeConfiguration(bytesOf(text))).toThrow(AssertionFailed);
  });

  test('a single-server change always leaves two majorities that meet', () => {
    const sets = fc.uniqueArray(
      fc.integer({ min: 1, max: 6 }).map((id) => nodeId(`n${id}`)),
      { minLength: 1, maxLength: 5 },
    );
    fc.assert(
      fc.property(sets, sets, (from, to) => {
        if (!isSingleServerChange({ voters: from, learners: [] }, { voters: to, learners: [] })) return;
        const all = new Set([...from, ...to]).size;
        const majorities = Math.floor(from.length / 2) + 1 + Math.floor(to.length / 2) + 1;
        expect(majorities).toBeGreaterThan(all);
      }),
    );
  });
});
