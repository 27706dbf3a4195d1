// What a good engineer would build instead: mercurius with its JIT and loaders on MySQL, one process, the same shape of schema. It reads the
// database for every request and writes with one statement that commits by itself; unreplicated, no cache, nothing kept twice: counts are
// counted. The unique key of a status makes its retry harmless, as an idempotency key does.
import Fastify from 'fastify';
import type { AddressInfo } from 'node:net';
import mercurius, { type IResolvers, type MercuriusLoaders } from 'mercurius';
import { createConnection, createPool, type ResultSetHeader, type RowDataPacket } from 'mysql2/promise';

const connections = 32;

const schema = `
  type Query { user(id: ID, handle: String): User }
  type Mutation { createUser(input: CreateUserInput!): UserPayload! postStatus(input: PostStatusInput!): StatusPayload! befriend(input: FriendshipInput!): ChangePayload! likeStatus(input: LikeInput!): ChangePayload! }
  input CreateUserInput { handle: String! name: String! bio: String idempotencyKey: String }
  input PostStatusInput { author: ID! text: String! idempotencyKey: String }
  input FriendshipInput { user: ID! friend: ID! idempotencyKey: String }
  input LikeInput { user: ID! status: ID! idempotencyKey: String }
  type UserPayload { user: User! }
  type StatusPayload { status: Status! }
  type ChangePayload { changed: Boolean! }
  type User { id: ID! handle: String! name: String! bio: String friends(first: Int): UserConnection! statuses(first: Int): StatusConnection! }
  type Status { id: ID! text: String! author: User likedBy(first: Int): UserConnection! }
  type UserConnection { nodes: [User!]! totalCount: Int! }
  type StatusConnection { nodes: [Status!]! totalCount: Int! }
`;

const tables = [
  `create table if not exists user (id bigint auto_increment primary key, handle varchar(64) not null unique,
    name varchar(200) not null, bio text, created_at timestamp(3) not null default current_timestamp(3))`,
  `create table if not exists status (id bigint auto_increment primary key, author bigint not null, text text not null,
    idempotency_key varchar(64) unique, created_at timestamp(3) not null default current_timestamp(3),
    key by_author (author, id), foreign key (author) references user (id))`,
  `create table if not exists friendship (user bigint not null, friend bigint not null,
    created_at timestamp(3) not null default current_timestamp(3), primary key (user, friend),
    key by_time (user, created_at, friend))`,
  `create table if not exists likes (status bigint not null, user bigint not null,
    created_at timestamp(3) not null default current_timestamp(3), primary key (status, user))`,
];

interface UserRow {
  readonly id: number;
  readonly handle: string;
  readonly name: string;
  readonly bio: string | null;
}

interface StatusRow {
  readonly id: number;
  readonly author: number;
  readonly text: string;
}

/** A list before its members are asked for. */
interface ListOf {
  readonly kind: 'friends' | 'likes' | 'statuses';
  readonly owner: number;
  readonly first: number;
}

const url = new URL(process.argv[2] ?? '');
const pool = createPool({ uri: url.href, connectionLimit: connections });

async function rowsOf<Row>(sql: string, values: readonly (number | string)[]): Promise<readonly Row[]> {
  const [rows] = await pool.execute<RowDataPacket[]>(sql, [...values]);
  return rows as unknown as readonly Row[];
}

const marks = (values: readonly unknown[]): string => values.map(() => '?').join(', ');

const resolvers: IResolvers = {
  Query: {
    user: async (_: unknown, { id, handle }: { id?: string; handle?: string }) => {
      const where = id === undefined ? 'handle = ?' : 'id = ?';
      const [user] = await rowsOf<UserRow>(`select id, handle, name, bio from user where ${where}`, [
        id ?? handle ?? '',
      ]);
      return user ?? null;
    },
  },
  Mutation: {
    createUser: async (_: unknown, { input }: { input: { handle: string; name: string; bio?: string } }) => {
      const { handle, name, bio = null } = input;
      const sql = 'insert into user (handle, name, bio) values (?, ?, ?)';
      return { user: { id: await inserted(sql, [handle, name, bio]), handle, name, bio } };
    },
    postStatus: async (_: unknown, { input }: { input: { author: string; text: string; idempotencyKey?: string } }) => {
      const { author, text, idempotencyKey } = input;
      // A second one with the same key is answered with the first one's id.
      const sql =
        'insert into status (author, text, idempotency_key) values (?, ?, ?) on duplicate key update id = last_insert_id(id)';
      const id = await inserted(sql, [author, text, idempotencyKey ?? null]);
      return { status: { id, author: Number(author), text } };
    },
    befriend: async (_: unknown, { input: { user, friend } }: { input: { user: string; friend: string } }) => {
      const sql = 'insert ignore into friendship (user, friend) values (?, ?), (?, ?)';
      const [{ affectedRows }] = await pool.execute<ResultSetHeader>(sql, [user, friend, friend, user]);
      return { changed: affectedRows > 0 };
    },
    likeStatus: async (_: unknown, { input: { user, status } }: { input: { user: string; status: string } }) => {
      const sql = 'insert ignore into likes (status, user) values (?, ?)';
      const [{ affectedRows }] = await pool.execute<ResultSetHeader>(sql, [status, user]);
      return { changed: affectedRows > 0 };
    },
  },
  User: {
    friends: ({ id }: UserRow, { first = 20 }: { first?: number }) => ({ kind: 'friends', owner: id, first }),
    statuses: ({ id }: UserRow, { first = 20 }: { first?: number }) => ({ kind: 'statuses', owner: id, first }),
  },
  Status: {
    likedBy: ({ id }: StatusRow, { first = 20 }: { first?: number }) => ({ kind: 'likes', owner: id, first }),
  },
};

async function inserted(sql: string, values: (string | null)[]): Promise<number> {
  const [{ insertId }] = await pool.execute<ResultSetHeader>(sql, values);
  return insertId;
}

/** The members of each list, by whom it belongs to, the newest first; and how many there are. */
const lists = {
  friends: {
    page: `select l.user as owner, u.id, u.handle, u.name, u.bio,
        row_number() over (partition by l.user order by l.created_at desc, l.friend desc) as place
      from friendship l join user u on u.id = l.friend where l.user in`,
    count: 'select user as owner, count(*) as members from friendship where user in',
  },
  likes: {
    page: `select l.status as owner, u.id, u.handle, u.name, u.bio,
        row_number() over (partition by l.status order by l.created_at desc, l.user desc) as place
      from likes l join user u on u.id = l.user where l.status in`,
    count: 'select status as owner, count(*) as members from likes where status in',
  },
  statuses: {
    page: `select author as owner, id, author, text, row_number() over (partition by author order by id desc) as place
      from status where author in`,
    count: 'select author as owner, count(*) as members from status where author in',
  },
} as const;

interface Wanted {
  readonly obj: ListOf;
}

async function pages(wanted: readonly Wanted[]): Promise<readonly (readonly OwnedRow[])[]> {
  return eachKind(wanted, async (kind, owners) => {
    const first = Math.max(...wanted.map(({ obj }) => obj.first));
    const sql = `select * from (${lists[kind].page} (${marks(owners)})) ranked where place <= ? order by owner, place`;
    const members = new Map<number, OwnedRow[]>();
    for (const row of await rowsOf<OwnedRow>(sql, [...owners, first])) {
      const known = members.get(row.owner);
      if (known === undefined) members.set(row.owner, [row]);
      else known.push(row);
    }
    return ({ owner, first: own }) => (members.get(owner) ?? []).slice(0, own);
  });
}

interface OwnedRow {
  readonly owner: number;
}

async function counts(wanted: readonly Wanted[]): Promise<readonly number[]> {
  return eachKind(wanted, async (kind, owners) => {
    const sql = `${lists[kind].count} (${marks(owners)}) group by owner`;
    const rows = await rowsOf<{ readonly owner: number; readonly members: number }>(sql, owners);
    const members = new Map(rows.map((row) => [row.owner, row.members]));
    return ({ owner }) => members.get(owner) ?? 0;
  });
}

/** One statement for each kind of list. */
async function eachKind<Value>(
  wanted: readonly Wanted[],
  load: (kind: ListOf['kind'], owners: readonly number[]) => Promise<(list: ListOf) => Value>,
): Promise<readonly Value[]> {
  const kinds = [...new Set(wanted.map(({ obj }) => obj.kind))];
  const loaded = new Map(
    await Promise.all(
      kinds.map(async (kind) => {
        const owners = new Set(wanted.filter(({ obj }) => obj.kind === kind).map(({ obj }) => obj.owner));
        return [kind, await load(kind, [...owners])] as const;
      }),
    ),
  );
  return wanted.map(({ obj }) => {
    const of = loaded.get(obj.kind);
    if (of === undefined) throw new Error(`nothing was loaded for ${obj.kind}`);
    return of(obj);
  });
}

async function authors(wanted: readonly { readonly obj: StatusRow }[]): Promise<readonly (UserRow | null)[]> {
  const ids = [...new Set(wanted.map(({ obj }) => obj.author))];
  const rows = await rowsOf<UserRow>(`select id, handle, name, bio from user where id in (${marks(ids)})`, ids);
  const users = new Map(rows.map((user) => [user.id, user]));
  return wanted.map(({ obj }) => users.get(obj.author) ?? null);
}

/** They batch; remembering within one request would cost more than it saves here. */
const opts = { cache: false };
const connection = { nodes: { loader: pages, opts }, totalCount: { loader: counts, opts } };
const loaders = {
  UserConnection: connection,
  StatusConnection: connection,
  Status: { author: { loader: authors, opts } },
} as unknown as MercuriusLoaders;

await createSchema();
for (const table of tables) await pool.query(table);
const app = Fastify();
await app.register(mercurius, { schema, resolvers, loaders, jit: 1 });
await app.listen({ port: 0, host: '127.0.0.1' });
process.send?.((app.server.address() as AddressInfo).port);
process.on('disconnect', () => process.exit());

async function createSchema(): Promise<void> {
  const server = new URL(url);
  server.pathname = '';
  const session = await createConnection(server.href);
  await session.query(`create database if not exists \`${url.pathname.slice(1)}\``);
  await session.end();
}
