/**
 * Goal: rule 5 of the design. Whatever happens to a cache, in whatever order, every value it holds is what the log says at max(label, P),
 * and every look-up answers what the log says at P.
 * Method: a log of random real commands; events at random: the next entry applied, a fill from a source that is behind or ahead, a
 * snapshot, a trimmed tail, and so little memory that eviction never rests. After each event a judge reads the whole cache. The same
 * judge is then shown four caches that are used wrongly, and must notice each.
 */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { CacheKey, CacheValue } from '#server/graph/cache-key.ts';
import type { EntityId, LogIndex } from '#server/graph/identifiers.ts';
import { commandSketch } from '#server/graph/testing/arbitrary-command.ts';
import { socialDeclarations } from '#server/graph/testing/social-declarations.ts';
import { GraphCache } from './graph-cache.ts';
import { assertTrue, checkTruth } from './testing/check-truth.ts';
import { historyOf, type History } from './testing/random-history.ts';

interface Event {
  readonly kind: 'apply' | 'fill' | 'clear' | 'trim';
  readonly pick: number;
  readonly keys: readonly number[];
}
const event: fc.Arbitrary<Event> = fc.record({
  kind: fc.oneof(
    { weight: 12, arbitrary: fc.constantFrom('apply' as const, 'fill' as const) },
    { weight: 1, arbitrary: fc.constantFrom('clear' as const, 'trim' as const) },
  ),
  pick: fc.nat(10_000),
  keys: fc.array(fc.nat(10_000), { minLength: 1, maxLength: 8 }),
});
const scenario = fc.record({
  sketches: fc.array(commandSketch, { minLength: 10, maxLength: 60, size: 'max' }),
  events: fc.array(event, { minLength: 20, maxLength: 150, size: 'max' }),
  bytesMax: fc.constantFrom(1_500, 4_000, 1_000_000),
});

const faults = [
  'label later than truth',
  'accept before the horizon',
  'accept over a newer effect',
  'P before rolling',
] as const;
type Fault = (typeof faults)[number] | null;

/** What was done, so that a run in which nothing happened does not pass for a proof. */
interface Seen {
  checks: number;
  accepted: number;
  refused: number;
  ahead: number;
  rolled: number;
  evicted: number;
}

test('every cached value is what the log says, after every event', () => {
  const seen: Seen = { checks: 0, accepted: 0, refused: 0, ahead: 0, rolled: 0, evicted: 0 };
  const property = fc.property(scenario, ({ sketches, events, bytesMax }) => {
    new Run(historyOf(sketches), bytesMax, null, seen).all(events);
  });
  fc.assert(property, { numRuns: 80 });
  for (const [what, times] of Object.entries(seen)) expect(times, what).toBeGreaterThan(100);
});

test.each(faults)('the judge notices: %s', (fault) => {
  const seen: Seen = { checks: 0, accepted: 0, refused: 0, ahead: 0, rolled: 0, evicted: 0 };
  const property = fc.property(scenario, ({ sketches, events }) => {
    new Run(historyOf(sketches), 1_000_000, fault, seen).all(events);
  });
  const result = fc.check(property, { numRuns: 50, endOnFailure: true });
  expect(result.failed).toBe(true);
  expect(String(result.errorInstance)).toMatch(/is cached as|was answered/);
});

class Run {
  readonly #history: History;
  readonly #cache: GraphCache;
  readonly #fault: Fault;
  readonly #seen: Seen;

  constructor(history: History, bytesMax: number, fault: Fault, seen: Seen) {
    this.#history = history;
    this.#cache = new GraphCache({ bytesMax, declarations: socialDeclarations, horizon: 0 as LogIndex });
    this.#fault = fault;
    this.#seen = seen;
  }

  all(events: readonly Event[]): void {
    for (const event of events) {
      this.#happen(event);
      this.#judge(event);
    }
  }

  #happen(event: Event): void {
    const cache = this.#cache;
    const last = this.#history.entries.length;
    switch (event.kind) {
      case 'apply':
        return this.#apply();
      case 'fill':
        for (const key of this.#keys(event)) this.#fillAt(key, (event.pick % (last + 1)) as LogIndex);
        return;
      case 'clear':
        // A snapshot never takes a node back.
        if (event.pick % 4 === 0) cache.clear(Math.min(last, cache.appliedIndex + (event.pick % 5)) as LogIndex);
        return;
      case 'trim':
        return cache.tail.trim({ keepAfter: last as LogIndex, bytesMax: 10_000, entriesMax: event.pick % 10 });
    }
  }

  #apply(): void {
    const entry = this.#history.entries[this.#cache.appliedIndex];
    if (entry === undefined) return;
    const before = this.#cache.stats().entries;
    this.#cache.apply(this.#fault === 'P before rolling' ? { ...entry, payload: null } : entry, 100);
    if (this.#cache.stats().entries < before) this.#seen.evicted += 1;
  }

  #fillAt(key: CacheKey, index: LogIndex): void {
    const cache = this.#cache;
    const value = this.#truth(key, index);
    let label: number = index;
    if (this.#fault === 'label later than truth') label += 1;
    if (this.#fault === 'accept before the horizon') label = Math.max(label, cache.horizon);
    if (this.#fault === 'accept over a newer effect') label = Math.max(label, cache.appliedIndex);
    const accepted = cache.fill(key, value, label as LogIndex);
    if (index < cache.horizon && this.#fault === null) expect(accepted).toBe(false);
    this.#seen[accepted ? 'accepted' : 'refused'] += 1;
    if (accepted && index > cache.appliedIndex) this.#seen.ahead += 1;
    if (accepted && index < cache.appliedIndex) this.#seen.rolled += 1;
  }

  #judge(event: Event): void {
    const cache = this.#cache;
    cache.assertInvariants();
    this.#seen.checks += checkTruth(cache, (key, index) => this.#truth(key, index));
    for (const key of this.#keys(event)) {
      const answered = cache.valueAt(key);
      if (answered === undefined) continue;
      expect(answered.label).toBeGreaterThanOrEqual(cache.appliedIndex);
      assertTrue(key, answered.value, this.#truth(key, answered.label), answered.label);
      this.#checkLookUp(key);
    }
  }

  #checkLookUp(key: CacheKey): void {
    const cache = this.#cache;
    const truth = this.#history.graphs[cache.appliedIndex];
    if (key.kind === 'count') {
      const count = cache.count(key.from, key.type);
      if (count !== undefined) expect(count, 'was answered').toBe(truth?.count(key.from, key.type));
    } else if (key.kind === 'list') {
      const stretch = cache.list(key.from, key.type, key.length);
      const expected = truth?.list(key.from, key.type, key.length);
      if (stretch !== undefined) expect(stretch.edges, 'was answered').toEqual(expected?.edges);
    }
  }

  #truth(key: CacheKey, index: LogIndex): CacheValue {
    const graph = this.#history.graphs[Math.min(index, this.#history.entries.length)];
    if (graph === undefined) throw new Error(`no graph at ${index}`);
    return graph.value(key);
  }

  #keys(event: Event): CacheKey[] {
    return event.keys.map((pick) => keyOf(pick, this.#history));
  }
}

const types = [...socialDeclarations.associations.values()];

function keyOf(pick: number, history: History): CacheKey {
  const from = history.ids[pick % history.ids.length] ?? (1 as EntityId);
  const to = history.ids[(pick >>> 3) % history.ids.length] ?? (1 as EntityId);
  const fitting = types.filter((type) => type.fromType === history.graphs.at(-1)?.entity(from)?.type);
  const type = (fitting[pick % fitting.length] ?? types[pick % types.length])?.type ?? '';
  switch (pick % 6) {
    case 0:
      return { kind: 'entity', id: from };
    case 1:
      return {
        kind: 'unique',
        type: pick % 5 === 0 ? 'Photo' : 'User',
        key: ['a', 'b', 'c', 'd', 'é'][pick % 7] ?? 'nobody',
      };
    case 2:
      return { kind: 'association', from, type, to };
    case 3:
      return { kind: 'count', from, type };
    default:
      return { kind: 'list', from, type, length: 1 + (pick % 4) };
  }
}
