import { join, resolve } from 'node:path';
import { readDeclarations } from '#server/gateway/read-declarations.ts';

const { associations } = readDeclarations(join(resolve(import.meta.dirname, '../..'), 'schema')).declarations;

/** Association type → its inverse, as the schema declares them. */
export const associationInverses: ReadonlyMap<string, string> = new Map(
  [...associations.values()].flatMap(({ type, inverse }) => (inverse === null ? [] : [[type, inverse]])),
);
