import { randomBytes } from 'node:crypto';
import { accessSync, constants, existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { withoutPassword } from '#server/config/service-url.ts';
import { parseMysqlUrl } from '#server/store/mysql/mysql-address.ts';
import { errorNumberOf, errorNumbers, storeErrorOf } from '#server/store/mysql/mysql-errors.ts';
import { MysqlSession } from '#server/store/mysql/mysql-session.ts';
import { sqliteFileOf } from '#server/store/open-store.ts';
import { fine, problem, warning, type Finding } from './finding.ts';

const tableMissing = 1146;

/** What a leader does with its tables, on no row: rights are checked before rows are. */
const rightsOnTables = [
  'select log_index from materialized where 1 = 0',
  'insert into materialized select * from materialized where 1 = 0',
  'update materialized set log_index = log_index where 1 = 0',
  'delete from materialized where 1 = 0',
];

/** Whether a leader here could write to the database. Changes nothing in it: what it makes to try its rights it removes. */
export async function lookAtDatabase(url: string, timeoutMs: number): Promise<Finding> {
  const subject = withoutPassword(url);
  const file = sqliteFileOf(url);
  return file === null ? lookAtServer(subject, url, timeoutMs) : lookAtFile(subject, file);
}

function lookAtFile(subject: string, file: string): Finding {
  const folder = dirname(file);
  // SQLite writes its journal beside the file.
  const places = [file, folder].filter((place) => existsSync(place));
  try {
    for (const place of places) accessSync(place, constants.R_OK | constants.W_OK);
    return fine('DATABASE', subject, existsSync(file) ? 'can be written' : 'will be made by the first leader');
  } catch (error) {
    return problem('DATABASE', subject, {
      message: error instanceof Error ? error.message : String(error),
      advice: `give this user the file and its folder ${folder} (chown, chmod u+rw)`,
    });
  }
}

async function lookAtServer(subject: string, url: string, timeoutMs: number): Promise<Finding> {
  const address = parseMysqlUrl(url);
  let session: MysqlSession | null = null;
  try {
    session = await MysqlSession.connect(address, address.schema, timeoutMs);
    const [row] = await session.rows('select version()', []);
    const rights = await tryRights(session);
    return fine('DATABASE', subject, `${String(row?.[0])}: ${rights}`);
  } catch (error) {
    if (errorNumberOf(error) === errorNumbers.unknownDatabase)
      return warning('DATABASE', subject, {
        message: `there is no schema ${address.schema} yet`,
        advice: `the first leader makes it if its user may; else: create database \`${address.schema}\``,
      });
    return problem('DATABASE', subject, {
      message: storeErrorOf(error, address).message,
      advice:
        'nodes go on without their database for as long as the log has room: mend DATABASE_URL, the server or the rights',
    });
  } finally {
    session?.destroy();
  }
}

async function tryRights(session: MysqlSession): Promise<string> {
  try {
    for (const statement of rightsOnTables) await session.query(statement);
    return 'the tables are there and can be written';
  } catch (error) {
    if (errorNumberOf(error) !== tableMissing) throw error;
  }
  const name = `instaface_doctor_${randomBytes(6).toString('hex')}`;
  // Before anything is made: who may not remove a table is not to leave one behind.
  await session.query(`drop table if exists ${name}`);
  try {
    await session.query(`create table ${name} (id int primary key, key by_id (id)) engine = InnoDB`);
  } finally {
    await session.query(`drop table if exists ${name}`);
  }
  return 'no tables yet; they can be made';
}
