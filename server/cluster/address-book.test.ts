// Goal: whoever is a member can be dialled, whatever a node was told at its start, and the most credible word counts.
import { expect, test } from 'vitest';
import type { Configuration } from '#consensus/core/types.ts';
import type { NodeId } from '#server/graph/identifiers.ts';
import { AddressBook } from './address-book.ts';
import { ManualClock } from './testing/manual-clock.ts';

const id = (name: string): NodeId => name as NodeId;
const at = (name: string, port: number) => ({
  id: id(name),
  peer: `127.0.0.1:${port}`,
  publicUrl: `http://${name}:${port}`,
});

class Bench {
  readonly clock = new ManualClock();
  readonly dialled: string[] = [];
  readonly warned: string[] = [];
  readonly book = new AddressBook({
    links: {
      self: id('n1'),
      setPeer: (node, address) => {
        if (address?.host === '10.0.0.1') throw new Error('links to other machines need a secret');
        this.dialled.push(`${node} ${address?.port ?? 'no more'}`);
      },
    },
    clock: this.clock,
    log: { warn: (_fields, message) => void this.warned.push(message) },
    peers: new Map([
      ['n1', { host: '127.0.0.1', port: 4101 }],
      ['n2', { host: '127.0.0.1', port: 4102 }],
    ]),
    publicUrls: new Map([['n2', 'http://n2:4002']]),
  });

  configure(...addresses: ReturnType<typeof at>[]): void {
    const configuration: Configuration = { voters: [id('n1')], learners: [], addresses };
    this.book.onConfiguration(configuration);
  }
}

test('a member that the configuration names is dialled there, whatever was told or heard before', () => {
  const bench = new Bench();
  const { book, dialled } = bench;
  expect(book.of(id('n2'))).toEqual({ id: 'n2', peer: '127.0.0.1:4102', publicUrl: 'http://n2:4002' });
  book.onHeard(at('n4', 1));
  bench.configure(at('n4', 4104), at('n2', 4202));
  book.onHeard(at('n4', 2));
  expect(dialled).toEqual(['n4 1', 'n4 4104', 'n2 4202']);
  book.onDirectory(at('n4', 4304));
  expect(book.of(id('n4'))?.peer).toBe('127.0.0.1:4304');
  expect(book.all().map((address) => address.id)).toEqual(['n1', 'n2', 'n4']);
});

test('hearsay counts only for a node that nobody else named, and no more strangers are dialled than a bound', () => {
  const { book, dialled } = new Bench();
  book.onHeard(at('n2', 9));
  expect(dialled).toEqual([]);
  for (let stranger = 0; stranger < 80; stranger++) book.onHeard(at(`s${stranger}`, 1_000 + stranger));
  expect(book.of(id('s0'))).toBeNull();
  expect(book.of(id('s79'))).not.toBeNull();
  expect(book.all()).toHaveLength(2 + 64);
});

test('a node that left is dialled a while longer, to be told, and one that was added again for good', async () => {
  const bench = new Bench();
  bench.configure(at('n4', 4104), at('n5', 4105));
  bench.configure();
  expect(bench.book.of(id('n4'))).not.toBeNull();
  await bench.clock.advance(5_000);
  bench.configure(at('n5', 4105));
  await bench.clock.advance(6_000);
  expect(bench.book.of(id('n4'))).toBeNull();
  expect(bench.book.of(id('n5'))?.peer).toBe('127.0.0.1:4105');
  expect(bench.dialled.at(-1)).toBe('n4 no more');
});

test('an address that the links refuse is not believed by hearsay, and does not end the node where it was agreed', () => {
  const bench = new Bench();
  const outside = { ...at('n4', 1), peer: '10.0.0.1:4104' };
  expect(() => bench.book.onHeard(outside)).toThrow('secret');
  expect(() => bench.book.onHeard(outside)).toThrow('secret');
  expect(bench.book.of(id('n4'))).toBeNull();
  bench.configure(outside);
  expect(bench.warned).toHaveLength(1);
});
