import { askForData } from '../support/cluster-process.ts';

/** Six people who all know Ada, three statuses each, every status liked by the next person. */
export interface SmallGraph {
  readonly people: readonly { readonly id: string; readonly name: string }[];
  /** Newest last; `statuses[i]` is by `people[i % people.length]`. */
  readonly statuses: readonly string[];
}

const names = ['Ada Lovelace', 'Grace Hopper', 'Barbara Liskov', 'Edsger Dijkstra', 'Leslie Lamport', 'Radia Perlman'];
const statusesEach = 3;

export async function writeSmallGraph(url: string): Promise<SmallGraph> {
  const users = names.map((name) => ({
    createEntity: {
      type: 'User',
      properties: { name, handle: name.toLowerCase().replace(' ', '.'), field: 'computing', works: [1, 2, 3] },
    },
  }));
  const statuses = Array.from({ length: names.length * statusesEach }, (_, place) => ({
    createEntity: { type: 'Status', properties: { text: `Status ${place} of ${names[place % names.length]}` } },
  }));
  const edges = [
    ...statuses.map((_, place) => edge(place % names.length, 'posted', names.length + place)),
    ...statuses.map((_, place) => edge((place + 1) % names.length, 'likes', names.length + place)),
    ...names.slice(1).map((_, place) => edge(0, 'friend', place + 1)),
  ];
  const { batch } = await askForData<{ batch: { ids: readonly string[] } }>(
    url,
    'mutation ($operations: [BatchOperation!]!) { batch(input: { operations: $operations }) { ids } }',
    { operations: [...users, ...statuses, ...edges] },
  );
  return {
    people: names.map((name, place) => ({ name, id: batch.ids[place] ?? '' })),
    statuses: batch.ids.slice(names.length, names.length + statuses.length),
  };
}

function edge(from: number, type: string, to: number) {
  return { addAssociation: { from: `#${from}`, type, to: `#${to}` } };
}
