import { buildSchema, findBreakingChanges } from 'graphql';

export interface SchemaChanges {
  /** What breaks clients and nobody has listed, a sentence each. */
  readonly refused: readonly string[];
  /** Lines of the list that are no breaking change, or no longer. */
  readonly outdated: readonly string[];
}

/** What a schema breaks of its baseline; `accepted` lists what is meant, a line each, `#` before a comment. All are texts. */
export function breakingChanges(texts: {
  readonly baseline: string;
  readonly schema: string;
  readonly accepted: string;
}): SchemaChanges {
  const changes = findBreakingChanges(buildSchema(texts.baseline), buildSchema(texts.schema));
  const found = new Set(changes.map(({ type, description }) => `${type}: ${description}`));
  const lines = texts.accepted.split('\n').map((line) => line.trim());
  const listed = new Set(lines.filter((line) => line !== '' && !line.startsWith('#')));
  return { refused: [...found.difference(listed)], outdated: [...listed.difference(found)] };
}
