import type { CacheKey } from '#server/graph/cache-key.ts';

/** A key as text. Of a list without its length: a longer stretch is the same value, and more of it. */
export function cacheKeyText(key: CacheKey): string {
  switch (key.kind) {
    case 'entity':
      return `entity ${key.id}`;
    case 'unique':
      return `unique ${key.type} ${key.key}`;
    case 'association':
      return `association ${key.from} ${key.type} ${key.to}`;
    case 'count':
      return `count ${key.from} ${key.type}`;
    case 'list':
      return `list ${key.from} ${key.type}`;
  }
}
