import { askForData } from '../support/cluster-process.ts';

/** Somebody with more friends than are drawn, some of whom know each other, each with friends of their own. */
export interface WideGraph {
  readonly hub: string;
  /** Newest friendship last. */
  readonly friends: readonly string[];
}

const friendCount = 60;
const othersEach = 2;
const firstNames = ['Ada', 'Grace', 'Barbara', 'Edsger', 'Leslie', 'Radia', 'Tony', 'Frances', 'Donald', 'Margaret'];
const lastNames = ['Byron', 'Hopper-Murray', 'Liskov', 'Dijkstra', 'Lamport', 'Wolfeschlegelsteinhausen'];

export async function writeWideGraph(url: string): Promise<WideGraph> {
  const nameOf = (place: number): string =>
    `${firstNames[place % firstNames.length]} ${lastNames[Math.floor(place / firstNames.length) % lastNames.length]}`;
  const count = 1 + friendCount + friendCount * othersEach;
  const people = Array.from({ length: count }, (_, place) => ({
    createEntity: {
      type: 'User',
      properties: { name: place === 0 ? 'Hedy Lamarr' : nameOf(place - 1), handle: `wide.${place}` },
    },
  }));
  const edges = Array.from({ length: friendCount }, (_, place) => [
    befriend(0, place + 1),
    befriend(place + 1, ((place + 7) % friendCount) + 1),
    ...Array.from({ length: othersEach }, (__, other) =>
      befriend(place + 1, 1 + friendCount + place * othersEach + other),
    ),
    befriend(place + 1, 1 + friendCount + (place % 20)),
  ]).flat();
  const { batch } = await askForData<{ batch: { ids: readonly string[] } }>(
    url,
    'mutation ($operations: [BatchOperation!]!) { batch(input: { operations: $operations }) { ids } }',
    { operations: [...people, ...edges] },
  );
  return { hub: batch.ids[0] ?? '', friends: batch.ids.slice(1, 1 + friendCount) };
}

function befriend(from: number, to: number) {
  return { addAssociation: { from: `#${from}`, type: 'friend', to: `#${to}` } };
}
