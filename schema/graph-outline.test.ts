import { parse } from 'graphql';
import { expect, test } from 'vitest';
import { expandEntities } from './expand-entities.ts';
import { graphOutline } from './graph-outline.ts';
import { readSchema } from './read-schema.ts';

test('every association of the graph is seen from one end: the one that has many', () => {
  expect(graphOutline(readSchema(import.meta.dirname))).toEqual({
    entities: [
      {
        type: 'User',
        listField: 'users',
        isCounted: true,
        associations: [
          { type: 'friend', isSymmetric: true },
          { type: 'posted', isSymmetric: false },
        ],
      },
      {
        type: 'Status',
        listField: 'statuses',
        isCounted: false,
        associations: [{ type: 'likedby', isSymmetric: false }],
      },
    ],
  });
});

test('an association without a field on its other end is seen from the only end it has', () => {
  const schema = parse(`
    interface Entity { id: ID! }
    type Page @entity { follows: [Page!]! @association(type: "follows") }
    type Query { page: Page pages(first: Int, after: String): PageConnection }
  `);
  expect(graphOutline(expandEntities(schema)).entities).toEqual([
    { type: 'Page', listField: 'pages', isCounted: true, associations: [{ type: 'follows', isSymmetric: false }] },
  ]);
});

test('an entity type that nothing lists is named', () => {
  const schema = parse(`interface Entity { id: ID! } type Page @entity { name: String } type Query { page: Page }`);
  expect(() => graphOutline(expandEntities(schema))).toThrow(/lists the entities of type Page/);
});
