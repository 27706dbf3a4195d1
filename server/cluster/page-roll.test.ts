// Goal: a page brought forward is the page that a later read would give, as far as it goes. Method: random effects against a plain list.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { comparePositions } from '#server/graph/cursor.ts';
import type { Effect } from '#server/graph/effect.ts';
import type { Association } from '#server/graph/entity.ts';
import type { EntityId, LogIndex } from '#server/graph/identifiers.ts';
import { rollPage } from './page-roll.ts';
import type { PageQuery, PageResult } from './page-roll.ts';

const from = 1 as EntityId;
const edge = (to: number, time: number): Association => ({
  from,
  type: 'friend',
  to: to as EntityId,
  time,
  properties: {},
  version: 1 as LogIndex,
});

/** The page as the database would read it. */
function pageOf(edges: readonly Association[], query: PageQuery): PageResult {
  const wanted = edges
    .filter((each) => query.after === null || comparePositions(each, query.after) > 0)
    .filter((each) => query.since === null || each.time >= query.since)
    .filter((each) => query.until === null || each.time < query.until)
    .sort(comparePositions);
  return { kind: 'page', edges: wanted.slice(0, query.length), complete: wanted.length <= query.length };
}

const time = fc.nat(8);
const to = fc.integer({ min: 2, max: 9 });
const change = fc.oneof(
  fc.record({ kind: fc.constant('put' as const), to, time }),
  fc.record({ kind: fc.constant('remove' as const), to }),
);

test('a page that is rolled forward is the beginning of what a later read gives', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.tuple(to, time), { selector: ([id]) => id, maxLength: 8 }),
      fc.array(change, { maxLength: 8 }),
      fc.record({
        length: fc.integer({ min: 1, max: 4 }),
        after: fc.option(time),
        since: fc.option(time),
        until: fc.option(time),
      }),
      (start, changes, { length, after, since, until }) => {
        const position = after === null ? null : { time: after, to: 5 as EntityId };
        const query: PageQuery = { kind: 'page', from, type: 'friend', after: position, since, until, length };
        const before = start.map(([id, at]) => edge(id, at));
        let now = before;
        const effects = changes.map((each): Effect => {
          now = now.filter((other) => other.to !== each.to);
          if (each.kind === 'remove')
            return { kind: 'association-removed', from, type: 'friend', to: each.to as EntityId };
          now = [...now, edge(each.to, each.time)];
          return { kind: 'association-put', association: edge(each.to, each.time) };
        });
        const rolled = rollPage(query, pageOf(before, query), effects);
        const truth = pageOf(now, query);
        if (rolled === undefined) return;
        expect(rolled.edges).toEqual(truth.edges.slice(0, rolled.edges.length));
        if (rolled.complete) expect(rolled).toEqual(truth);
      },
    ),
    { numRuns: 3_000 },
  );
});
