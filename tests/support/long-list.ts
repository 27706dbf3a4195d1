import { DatabaseSync } from 'node:sqlite';
import { createConnection } from 'mysql2/promise';
import { encodeCursor } from '#server/graph/cursor.ts';
import { encodeGlobalId } from '#server/graph/global-id.ts';
import { type EntityId, idsPerEntryMax } from '#server/graph/identifiers.ts';
import { sqliteFileOf } from '#server/store/open-store.ts';

/** How many friends the person gets, as if a thousand commits had made a thousand each. */
export const longListLength = 1_000_000;
/** Entries that the log must have before the rows are written: their ids are of these entries, at places that entries seldom use. */
export const entriesNeeded = 1_000;

const perEntry = 1_000;
const firstPlace = 2_048;
const firstTimeMs = 1_700_000_000_000;
const entryMs = 60_000;
/** Two hundred lists of a hundred, of people none of whom is among the oldest friends of the person. */
const shortListEntries = [500, 700] as const;
const shortListLength = 100;

const digits = Array.from({ length: 10 }, (_, digit) => `select ${digit}${digit === 0 ? ' as d' : ''}`).join(
  ' union all ',
);
const numbers = `with digit as (${digits}), number as (select a.d * 100 + b.d * 10 + c.d as n from digit a, digit b, digit c)`;
const people = 'number e, number p';
/** In terms of the entry `e.n` and the place in it, `p.n`. */
const id = idAt('e.n', 'p.n');
const time = `${firstTimeMs} + e.n * ${entryMs}`;
const name = `e.n * ${perEntry} + p.n`;

/**
 * Writes a person's million friends into the tables, while no node runs: their entities and keys, both ends of each friendship, the counts.
 * Only the words for search are left out. A thousand of them share a time, as after an import.
 */
export async function writeLongList(databaseUrl: string, person: EntityId): Promise<void> {
  const inOrder = 'order by e.n, p.n';
  const isShort = `e.n >= ${shortListEntries[0]} and e.n < ${shortListEntries[1]} and p.n between 1 and ${shortListLength}`;
  const shortOwner = idAt('e.n', '0');
  const edges = (from: string, to: string, where: string): string =>
    `insert into association (from_id, type, to_id, time, properties, version) ${numbers}
     select ${from}, 'friend', ${to}, ${time}, '{}', e.n + 1 from ${people} where ${where} ${inOrder}`;
  await runAll(databaseUrl, [
    `insert into entity (id, type, properties, created_at, updated_at, version, deleting_key, shuffle) ${numbers}
     select ${id}, 'User', concat('{"handle":"m', ${name}, '","name":"Friend ', ${name}, '"}'), ${time}, ${time}, e.n + 1, null, ${id}
     from ${people} where true ${inOrder}`,
    `insert into entity_key (type, unique_key, id) ${numbers}
     select 'User', concat('m', ${name}), ${id} from ${people} where true ${inOrder}`,
    `update entity_type_count set count = count + ${longListLength} where type = 'User'`,
    edges(String(person), id, 'true'),
    edges(id, String(person), 'true'),
    edges(shortOwner, id, isShort),
    edges(id, shortOwner, isShort),
    `insert into association_count (from_id, type, count)
     select from_id, type, count(*) from association where type = 'friend' group by from_id, type`,
  ]);
}

/** The friends, the latest first, by number. */
export function friendAt(place: number): { readonly id: EntityId; readonly cursor: string } {
  const number = longListLength - 1 - place;
  const entry = Math.floor(number / perEntry);
  const to = idOf(entry, number % perEntry);
  return { id: to, cursor: encodeCursor({ time: firstTimeMs + entry * entryMs, to }) };
}

/** People with lists of a hundred friends. */
export function shortListOwners(): readonly string[] {
  const [first, end] = shortListEntries;
  return Array.from({ length: end - first }, (_, place) => encodeGlobalId('User', idOf(first + place, 0)));
}

function idOf(entry: number, place: number): EntityId {
  return ((entry + 1) * idsPerEntryMax + firstPlace + place) as EntityId;
}

function idAt(entry: string, place: string): string {
  return `((${entry} + 1) * ${idsPerEntryMax} + ${firstPlace} + ${place})`;
}

async function runAll(databaseUrl: string, statements: readonly string[]): Promise<void> {
  const file = sqliteFileOf(databaseUrl);
  if (file !== null) {
    const database = new DatabaseSync(file);
    for (const sql of statements) database.exec(sql);
    database.close();
    return;
  }
  const connection = await createConnection(databaseUrl);
  try {
    for (const sql of statements) await connection.query(sql);
  } finally {
    await connection.end();
  }
}
