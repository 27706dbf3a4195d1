// Loaded into a process before its program (`--import`): writes the text of every statement that is prepared for SQLite, which has no query log
// of its own, into a file, one a line, in every thread. A text that is run again need not be prepared again.
import { appendFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';

const file = process.env['INSTAFACE_TEST_STATEMENTS'];

if (file !== undefined) {
  // oxlint-disable-next-line unbound-method -- it is called with the database as `this` below
  const { prepare } = DatabaseSync.prototype;
  DatabaseSync.prototype.prepare = function (this: DatabaseSync, sql, ...options) {
    appendFileSync(file, `${sql.replaceAll('\n', ' ')}\n`);
    return prepare.call(this, sql, ...options);
  };
}
