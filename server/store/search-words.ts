import type { Entity } from '#server/graph/entity.ts';

/** The properties by which people look for an entity. */
const searchedProperties = ['handle', 'name'] as const;
/** Of one entity; further words are not found. */
export const wordsPerEntityMax = 8;
const wordCharactersMax = 64;

/** Words folded so that case and accents do not matter: `José_Ann-7` is `jose`, `ann`, `7`. */
export function searchWords(text: string): readonly string[] {
  const folded = text.normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase();
  const words = folded.match(/[\p{L}\p{N}]+/gu) ?? [];
  return [...new Set(words.map((word) => Array.from(word).slice(0, wordCharactersMax).join('')))];
}

export function entityWords(entity: Entity): readonly string[] {
  const texts = searchedProperties.map((name) => entity.properties[name]).filter((value) => typeof value === 'string');
  if (texts.length === 0) return [];
  return searchWords(texts.join(' ')).slice(0, wordsPerEntityMax);
}
