import type { EgoGraphQuery } from '../generated/graphql.ts';
import type { EgoFriend } from './ego-layout.ts';

/** Somebody in the drawing, and what is said of them. */
export interface EgoPerson extends EgoFriend {
  readonly hop: 1 | 2;
  /** How many friends they have, where that was read. */
  readonly friendCount: number | null;
}

/** With the friends, these many of their friends keep the drawing within 300 elements. */
const FAR_MAX = 36;

type Centre = NonNullable<EgoGraphQuery['user']>;

/** The friends of the answer, and of their friends those whom most of them know. */
export function peopleOf(centre: Centre): readonly EgoPerson[] {
  const nodes = (centre.friends?.edges ?? []).flatMap(({ node }) => (node === null ? [] : [node]));
  const near = nodes.map((node): EgoPerson => {
    const knows = (node.mutualFriends?.edges ?? []).flatMap((edge) => (edge.node === null ? [] : [edge.node.id]));
    return { id: node.id, name: node.name, knows, hop: 1, friendCount: node.friends?.totalCount ?? null };
  });
  const drawn = new Set([centre.id, ...near.map(({ id }) => id)]);
  const far = new Map<string, { readonly name: string; readonly knows: string[] }>();
  for (const node of nodes) {
    for (const { node: other } of node.reach?.edges ?? []) {
      if (other === null || drawn.has(other.id)) continue;
      const known = far.get(other.id) ?? { name: other.name, knows: [] };
      known.knows.push(node.id);
      far.set(other.id, known);
    }
  }
  const chosen = [...far].toSorted(([a, one], [b, other]) => other.knows.length - one.knows.length || (a < b ? -1 : 1));
  return [
    ...near,
    ...chosen
      .slice(0, FAR_MAX)
      .map(([id, { name, knows }]): EgoPerson => ({ id, name, knows, hop: 2, friendCount: null })),
  ];
}

/** What is said of whoever is selected: `Grace Hopper, 26 friends, friend 3 of 26, knows 4 of the others here`. */
export function describePerson(people: readonly EgoPerson[], id: string): string | null {
  const person = people.find((one) => one.id === id);
  return person === undefined ? null : `${person.name}, ${detailsOf(people, person)}`;
}

/** The same beside the name. */
export function detailsOf(people: readonly EgoPerson[], person: EgoPerson): string {
  const { id } = person;
  const names = new Map(people.map((one) => [one.id, one.name]));
  const known = person.knows.filter((one) => names.has(one) && one !== id);
  if (person.hop === 2) return `a friend of ${listed(known.map((one) => names.get(one) ?? ''))}`;
  const near = people.filter(({ hop }) => hop === 1);
  const count = person.friendCount;
  const friends = count === null ? [] : [`${count.toLocaleString('en-US')} ${count === 1 ? 'friend' : 'friends'}`];
  const place = `friend ${near.indexOf(person) + 1} of ${near.length}`;
  const knows = known.length === 0 ? [] : [`knows ${known.length} of the others here`];
  return [...friends, place, ...knows].join(', ');
}

const NAMES_TOLD = 3;

function listed(names: readonly string[]): string {
  const told = names.slice(0, NAMES_TOLD).join(', ');
  return names.length > NAMES_TOLD ? `${told} and ${names.length - NAMES_TOLD} more` : told;
}
