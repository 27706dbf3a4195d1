import type { Faker } from '@faker-js/faker';

/** People and statuses that the bot knows of: bounded, so that a bot may run for years. */
export class KnownGraph {
  readonly people: string[] = [];
  readonly statuses: string[] = [];

  static readonly peopleMax = 2_000;
  static readonly statusesMax = 5_000;

  addPerson(id: string): void {
    pushBounded(this.people, id, KnownGraph.peopleMax);
  }

  addStatus(id: string): void {
    pushBounded(this.statuses, id, KnownGraph.statusesMax);
  }

  forgetPerson(id: string): void {
    remove(this.people, id);
  }

  forgetStatus(id: string): void {
    remove(this.statuses, id);
  }
}

function pushBounded(list: string[], id: string, max: number): void {
  if (list.includes(id)) return;
  list.push(id);
  if (list.length > max) list.shift();
}

function remove(list: string[], id: string): void {
  const place = list.indexOf(id);
  if (place >= 0) list.splice(place, 1);
}

/** One mutation that a person would make: the document, its input without the key, and what its answer teaches. */
export interface Action {
  readonly name: 'join' | 'befriend' | 'unfriend' | 'post' | 'like' | 'unlike' | 'edit' | 'leave';
  readonly document: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly learn: (data: Readonly<Record<string, unknown>>, known: KnownGraph) => void;
}

const commit = 'commit { index replayed }';
const documents = {
  join: `mutation Join($input: CreateUserInput!) { result: createUser(input: $input) { user { id } ${commit} } }`,
  befriend: `mutation Befriend($input: FriendshipInput!) { result: befriend(input: $input) { changed ${commit} } }`,
  unfriend: `mutation Unfriend($input: UnfriendInput!) { result: unfriend(input: $input) { changed ${commit} } }`,
  post: `mutation Post($input: PostStatusInput!) { result: postStatus(input: $input) { status { id } ${commit} } }`,
  like: `mutation Like($input: LikeInput!) { result: likeStatus(input: $input) { changed ${commit} } }`,
  unlike: `mutation Unlike($input: UnlikeInput!) { result: unlikeStatus(input: $input) { changed ${commit} } }`,
  editBio: `mutation EditBio($input: UpdateUserInput!) { result: updateUser(input: $input) { ${commit} } }`,
  editStatus: `mutation EditStatus($input: UpdateStatusInput!) { result: updateStatus(input: $input) { ${commit} } }`,
  leave: `mutation Leave($input: DeleteInput!) { result: deleteUser(input: $input) { deletedId ${commit} } }`,
} as const;

/** Of a hundred actions, how many are of each kind; leaving is rare, so that the graph grows. */
const weights: readonly { readonly weight: number; readonly value: Action['name'] }[] = [
  { weight: 10, value: 'join' },
  { weight: 24, value: 'befriend' },
  { weight: 2, value: 'unfriend' },
  { weight: 26, value: 'post' },
  { weight: 28, value: 'like' },
  { weight: 3, value: 'unlike' },
  { weight: 6, value: 'edit' },
  { weight: 1, value: 'leave' },
];
/** Below this nobody leaves, and people join first. */
const peopleMin = 12;

const nothing = (): void => {};

/** What the next person does: drawn from the seeded dice, so that the same seed on the same answers acts the same. */
export function nextAction(faker: Faker, known: KnownGraph): Action {
  const name = known.people.length < peopleMin ? 'join' : faker.helpers.weightedArrayElement([...weights]);
  const person = (): string => faker.helpers.arrayElement(known.people);
  const status = (): string => faker.helpers.arrayElement(known.statuses);
  if (known.statuses.length === 0 && (name === 'like' || name === 'unlike')) return post(faker, person());
  switch (name) {
    case 'join':
      return join(faker);
    case 'befriend':
    case 'unfriend': {
      const [user, friend] = faker.helpers.arrayElements(known.people, 2);
      return { name, document: documents[name], input: { user, friend }, learn: nothing };
    }
    case 'post':
      return post(faker, person());
    case 'like':
    case 'unlike':
      return { name, document: documents[name], input: { user: person(), status: status() }, learn: nothing };
    case 'edit':
      return edit(faker, known);
    case 'leave':
      return leave(person());
  }
}

export function join(faker: Faker): Action {
  const firstName = faker.person.firstName();
  const lastName = faker.person.lastName();
  const handle = `${firstName}.${lastName}.${faker.string.alphanumeric({ length: 5, casing: 'lower' })}`;
  return {
    name: 'join',
    document: documents.join,
    input: {
      handle: handle.toLowerCase().replaceAll(/[^a-z0-9.]/g, ''),
      name: `${firstName} ${lastName}`,
      bio: bio(faker),
      properties: { city: faker.location.city() },
    },
    learn: (data, known) => {
      const id = resultId(data);
      if (id) known.addPerson(id);
    },
  };
}

export function post(faker: Faker, author: string): Action {
  return {
    name: 'post',
    document: documents.post,
    input: { author, text: sentence(faker) },
    learn: (data, known) => {
      const id = resultId(data);
      if (id) known.addStatus(id);
    },
  };
}

function edit(faker: Faker, known: KnownGraph): Action {
  if (known.statuses.length === 0 || faker.datatype.boolean()) {
    const id = faker.helpers.arrayElement(known.people);
    return { name: 'edit', document: documents.editBio, input: { id, bio: bio(faker) }, learn: nothing };
  }
  const id = faker.helpers.arrayElement(known.statuses);
  return { name: 'edit', document: documents.editStatus, input: { id, text: sentence(faker) }, learn: nothing };
}

function leave(id: string): Action {
  return { name: 'leave', document: documents.leave, input: { id }, learn: (_data, known) => known.forgetPerson(id) };
}

/** Words alone: not every screen has the pictures that the generator ends with. */
function bio(faker: Faker): string {
  return faker.person
    .bio()
    .replaceAll(/[^\p{L}\p{N}\p{P} ]/gu, '')
    .trim();
}

function sentence(faker: Faker): string {
  return faker.helpers.arrayElement([
    () => faker.hacker.phrase(),
    () => `Reading “${faker.book.title()}” by ${faker.book.author()}.`,
    () =>
      `Back from ${faker.location.city()}: ${faker.number.int({ min: 3, max: 42 })} km on foot, and the ${faker.food.dish().toLowerCase()} was worth it.`,
    () => `Listening to ${faker.music.songName()} again.`,
    () => `${faker.food.dish()} for dinner. ${faker.food.adjective().replace(/^./, (letter) => letter.toUpperCase())}.`,
  ])();
}

/** The id of what a `join` or a `post` made. */
export function resultId(data: Readonly<Record<string, unknown>>): string | null {
  return idIn(data, 'user') ?? idIn(data, 'status');
}

/** The id of a thing in the payload under `result`. */
function idIn(data: Readonly<Record<string, unknown>>, field: string): string | null {
  const { result } = data;
  if (typeof result !== 'object' || result === null) return null;
  const thing: unknown = Reflect.get(result, field);
  if (typeof thing !== 'object' || thing === null) return null;
  const id: unknown = Reflect.get(thing, 'id');
  return typeof id === 'string' ? id : null;
}
