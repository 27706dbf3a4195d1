import { sql, type Kysely } from 'kysely';
import { columns, limited } from './branch-templates.ts';
import type { Flavour, Statement } from './engine.ts';
import { searchWords, wordsPerEntityMax } from './search-words.ts';
import type { Tables } from './tables.ts';

/** How many entities that have the most telling word are looked at for the other words. */
const candidatesMax = 10_000;
const wordsMax = 5;
/** Sorts after every character that a word may have. */
const last = '\u{10ffff}';

/**
 * Entities of a type that have, for each word of the text, a word that begins with it; an entity is answered once for each of its words
 * that match. Ranges of an index instead of LIKE: nothing needs escaping, and no planner has to see through a pattern. Null: no words.
 */
export function searchBranch(
  db: Kysely<Tables>,
  flavour: Flavour,
  query: { readonly type: string; readonly text: string; readonly length: number },
): Statement | null {
  // The longest word narrows most.
  const [first, ...others] = [...searchWords(query.text)].sort((a, b) => b.length - a.length).slice(0, wordsMax);
  if (first === undefined) return null;
  const rowsMax = query.length * wordsPerEntityMax;
  const candidates = db
    .selectFrom('entity_word')
    .where('type', '=', query.type)
    .where('word', '>=', first)
    .where('word', '<', first + last)
    .select('id')
    .orderBy('word')
    .orderBy('id')
    .limit(others.length === 0 ? Math.min(rowsMax, candidatesMax) : candidatesMax);
  let found = db
    .selectFrom(candidates.as('candidate'))
    .select(columns({ n1: 'candidate.id' }))
    .limit(rowsMax);
  for (const word of others) {
    found = found.where((where) =>
      where.exists(
        where
          .selectFrom('entity_word')
          .whereRef('entity_word.id', '=', 'candidate.id')
          .where('entity_word.type', '=', query.type)
          .where('entity_word.word', '>=', word)
          .where('entity_word.word', '<', word + last)
          .select(sql`1`.as('one')),
      ),
    );
  }
  const { sql: text, parameters } = limited(db, flavour, found);
  // The tag is the first parameter, and is given by whoever joins the branches.
  return { sql: text, parameters: parameters.slice(1) as Statement['parameters'] };
}
