import { describe, expect, it } from 'vitest';
import { describePerson, peopleOf } from './ego-people.ts';

const line = (id: string) => ({ id, handle: id, name: `Name ${id}` });
const friend = (id: string, knows: readonly string[], reach: readonly string[]) => ({
  node: {
    ...line(id),
    friends: { totalCount: 1_204 },
    mutualFriends: { edges: knows.map((other) => ({ node: { id: other } })) },
    reach: { edges: reach.map((other) => ({ node: line(other) })) },
  },
});
const centre = (edges: ReturnType<typeof friend>[]) => ({
  ...line('me'),
  friends: { totalCount: edges.length, edges },
});

describe('the people of a drawing', () => {
  it('takes of the friends of friends those whom most friends know, and nobody twice', () => {
    const many = Array.from({ length: 60 }, (_, place) => `z${place}`);
    const people = peopleOf(
      centre([friend('a', ['b'], ['me', 'b', 'y', ...many]), friend('b', ['a'], ['a', 'y', 'me'])]),
    );
    expect(people.filter(({ hop }) => hop === 1).map(({ id }) => id)).toEqual(['a', 'b']);
    const far = people.filter(({ hop }) => hop === 2);
    expect(far).toHaveLength(36);
    expect(far[0]).toMatchObject({ id: 'y', knows: ['a', 'b'] });
    expect(new Set(people.map(({ id }) => id)).size).toBe(people.length);
  });

  it('says of each who they are to the centre', () => {
    const people = peopleOf(
      centre([friend('a', ['b'], ['y']), friend('b', ['a', 'gone'], []), friend('c', [], ['y'])]),
    );
    expect(describePerson(people, 'b')).toBe('Name b, 1,204 friends, friend 2 of 3, knows 1 of the others here');
    expect(describePerson(people, 'c')).toBe('Name c, 1,204 friends, friend 3 of 3');
    expect(describePerson(people, 'y')).toBe('Name y, a friend of Name a, Name c');
    expect(describePerson(people, 'gone')).toBeNull();
  });
});
