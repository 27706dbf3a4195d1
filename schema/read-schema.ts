import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Kind, Source, parse, type DocumentNode } from 'graphql';
import { expandEntities } from './expand-entities.ts';

/**
 * The schema as clients see it, from the `*.graphql` files of a folder (not of its subfolders). Its nodes carry the file and line
 * they come from. Throws GraphQLError with file and line on a syntax error.
 */
export function readSchema(folder: string): DocumentNode {
  const files = readdirSync(folder)
    .filter((name) => name.endsWith('.graphql'))
    .sort();
  if (files.length === 0) throw new Error(`There is no .graphql file in ${folder}.`);
  const definitions = files.flatMap(
    (name) => parse(new Source(readFileSync(join(folder, name), 'utf8'), name)).definitions,
  );
  return expandEntities({ kind: Kind.DOCUMENT, definitions });
}
