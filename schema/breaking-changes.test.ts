import { expect, test } from 'vitest';
import { breakingChanges } from './breaking-changes.ts';

const baseline = 'type Query { user(id: ID): User  old: String } type User { name: String! }';

test('what is added breaks nobody', () => {
  const schema = 'type Query { user(id: ID, handle: String): User  old: String  new: Int } type User { name: String! }';
  expect(breakingChanges({ baseline, schema, accepted: '' })).toEqual({ refused: [], outdated: [] });
});

test.each([
  [
    'a field that is gone',
    'type Query { user(id: ID): User } type User { name: String! }',
    /FIELD_REMOVED: Query\.old/,
  ],
  ['a field that may be null now', baseline.replace('String!', 'String'), /FIELD_CHANGED_KIND: User\.name/],
  ['an argument that is asked for now', baseline.replace('id: ID', 'id: ID!'), /ARG_CHANGED_KIND: .*id/],
])('%s is refused, unless it is listed', (_what, schema, change) => {
  const { refused } = breakingChanges({ baseline, schema, accepted: '# nothing' });
  expect(refused).toEqual([expect.stringMatching(change)]);
  const accepted = `# meant\n${refused.join('\n')}\n`;
  expect(breakingChanges({ baseline, schema, accepted })).toEqual({ refused: [], outdated: [] });
});

test('a listed change that is none is told, so that the list stays true', () => {
  const { outdated } = breakingChanges({
    baseline,
    schema: baseline,
    accepted: 'FIELD_REMOVED: Query.old was removed.',
  });
  expect(outdated).toEqual(['FIELD_REMOVED: Query.old was removed.']);
});
