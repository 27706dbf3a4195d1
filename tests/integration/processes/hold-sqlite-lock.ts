// Opens the file as a store does, with its note beside it, and stays in a transaction that holds the lock for writing.
import { DatabaseSync } from 'node:sqlite';
import { openStore } from '#server/store/open-store.ts';

const [file = ''] = process.argv.slice(2);
const log = { info: () => {}, warn: () => {} };
await openStore(`sqlite:${file}`, { timeoutMs: 5_000, log }).open();
const database = new DatabaseSync(file);
database.exec('begin immediate');
database.exec('update materialized set log_term = log_term');
process.stdout.write('locked\n');
setInterval(() => {}, 1_000);
