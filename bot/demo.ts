import { base, en, Faker } from '@faker-js/faker';
import { type Action, join, post, resultId } from './actions.ts';
import { GraphClient } from './graph-client.ts';

const people = 24;
const statusesEach = 3;
const friendsEach = 5;
const likesEach = 6;
const mutations = people * (1 + statusesEach + friendsEach + likesEach);
const inFlightMax = 16;

const befriend = 'mutation Befriend($input: FriendshipInput!) { befriend(input: $input) { changed } }';
const like = 'mutation Like($input: LikeInput!) { likeStatus(input: $input) { changed } }';
const look = `query Look($last: String!) @read(consistency: LINEARIZABLE) {
  users(first: 1) { nodes { id } }
  first: mutationStatus(idempotencyKey: "demo:1") { status }
  last: mutationStatus(idempotencyKey: $last) { status }
}`;

interface Looked {
  readonly users: { readonly nodes: readonly unknown[] } | null;
  readonly first: { readonly status: string };
  readonly last: { readonly status: string };
}

/**
 * A first small graph for whoever opens the client: made once, by ordinary mutations whose keys are fixed. Interrupted half-way, it
 * is finished by the next start, and adds nothing twice. Resolves to whether anything was left to do; a graph that others filled is
 * left alone.
 */
export async function seedDemo(urls: readonly string[], patienceMs: number): Promise<boolean> {
  const client = new GraphClient({ urls, requestTimeoutMs: 5_000, patienceMs });
  const { data } = await client.request(look, { last: `demo:${mutations}` });
  const { users, first, last } = data as unknown as Looked;
  const begun = first.status === 'COMMITTED';
  if (begun ? last.status === 'COMMITTED' : users?.nodes.length !== 0) return false;

  const faker = new Faker({ locale: [en, base], seed: 2018 });
  let sequence = 0;
  const send = async (
    document: string,
    input: Readonly<Record<string, unknown>>,
  ): Promise<Readonly<Record<string, unknown>>> => {
    sequence += 1;
    const answer = await client.request(document, { input: { ...input, idempotencyKey: `demo:${sequence}` } });
    return answer.data ?? {};
  };
  const create = async (action: Action): Promise<string> => resultId(await send(action.document, action.input)) ?? '';

  // Each stage draws from the dice before it sends, and its ids come in the order asked for: a second run draws the same.
  const members = await inChunks(
    Array.from({ length: people }, () => join(faker)),
    create,
  );
  const authors = members.flatMap((author) => Array.from({ length: statusesEach }, () => author));
  const posts = faker.helpers.shuffle(authors).map((author) => post(faker, author));
  const statuses = await inChunks(posts, create);
  const friendships = members.flatMap((user) => {
    const others = members.filter((other) => other !== user);
    return faker.helpers.arrayElements(others, friendsEach).map((friend) => ({ user, friend }));
  });
  await inChunks(friendships, (friendship) => send(befriend, friendship));
  const likes = members.flatMap((user) =>
    faker.helpers.arrayElements(statuses, likesEach).map((status) => ({ user, status })),
  );
  await inChunks(likes, (liked) => send(like, liked));
  return true;
}

async function inChunks<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  for (let start = 0; start < items.length; start += inFlightMax) {
    results.push(...(await Promise.all(items.slice(start, start + inFlightMax).map(work))));
  }
  return results;
}
