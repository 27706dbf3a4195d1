/** Fails where `generated/schema.graphql` breaks what `baseline/schema.graphql` promised and `baseline/accepted.txt` does not list it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { breakingChanges } from './breaking-changes.ts';

const text = (...path: string[]): string => readFileSync(join(import.meta.dirname, ...path), 'utf8');
const { refused, outdated } = breakingChanges({
  baseline: text('baseline', 'schema.graphql'),
  schema: text('generated', 'schema.graphql'),
  accepted: text('baseline', 'accepted.txt'),
});
for (const change of refused)
  process.stderr.write(
    `This breaks clients; if it is meant, it belongs into schema/baseline/accepted.txt:\n${change}\n`,
  );
for (const line of outdated)
  process.stderr.write(`schema/baseline/accepted.txt lists what is no breaking change:\n${line}\n`);
if (refused.length + outdated.length > 0) process.exitCode = 1;
