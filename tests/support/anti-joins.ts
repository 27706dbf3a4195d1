import { createConnection, type RowDataPacket } from 'mysql2/promise';
import { associationInverses } from './association-inverses.ts';

/** Of the type of `a`. */
const inverse = `case a.type ${[...associationInverses].map(([type, its]) => `when '${type}' then '${its}'`).join(' ')} end`;
const lengths = 'select from_id, type, count(*) as length from association group by from_id, type';

/** Each counts rows that contradict another row: a whole graph has none. */
const joins = {
  'associations without their inverse': `select count(*) as found from association a
    left join association b on b.from_id = a.to_id and b.to_id = a.from_id and b.type = ${inverse} where b.from_id is null`,
  'associations of an entity that is not there': `select count(*) as found from association a
    left join entity e on e.id = a.from_id where e.id is null`,
  'lists whose count is another one': `select count(*) as found from (${lengths}) l
    left join association_count c on c.from_id = l.from_id and c.type = l.type where c.count is null or c.count <> l.length`,
  'counts of lists that are not there': `select count(*) as found from association_count c
    left join (${lengths}) l on c.from_id = l.from_id and c.type = l.type where l.length is null`,
} as const;

/** What contradicts itself in a graph in MySQL, a sentence each; none: forward, inverse and counts agree. */
export async function antiJoins(url: string): Promise<readonly string[]> {
  const connection = await createConnection(url);
  try {
    const found: string[] = [];
    for (const [what, sql] of Object.entries(joins)) {
      const [[row]] = await connection.query<RowDataPacket[]>(sql);
      const count = Number(row?.['found']);
      if (!Number.isInteger(count)) throw new Error(`no count of ${what}`);
      if (count > 0) found.push(`${count} ${what}`);
    }
    return found;
  } finally {
    await connection.end();
  }
}
