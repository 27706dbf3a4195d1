import type { Effect } from './effect.ts';

/** The row that an effect is about, as text: of two effects with the same key the later one alone decides. */
export function effectKey(effect: Effect): string {
  switch (effect.kind) {
    case 'entity-put':
      return `entity ${effect.entity.id}`;
    case 'entity-removed':
      return `entity ${effect.id}`;
    case 'key-put':
    case 'key-removed':
      return `key ${effect.type} ${effect.key}`;
    case 'association-put':
      return `association ${effect.association.from} ${effect.association.type} ${effect.association.to}`;
    case 'association-removed':
      return `association ${effect.from} ${effect.type} ${effect.to}`;
    case 'count-put':
      return `count ${effect.from} ${effect.type}`;
  }
}
