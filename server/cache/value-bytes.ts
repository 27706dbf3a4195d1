import type { Entity, JsonValue, Properties } from '#server/graph/entity.ts';

/** What V8 takes for an object of n fields, without pointer compression (Node's default): map, properties, elements, then the fields. */
const objectBytes = 24;
const fieldBytes = 8;
/** A boxed double: numbers beyond 31 bits, such as ids and times. */
const boxedNumberBytes = 16;

/** A close guess at the heap that an entity takes; its names are shared with others of its shape. */
export function entityBytes(entity: Entity): number {
  return (
    objectBytes +
    7 * fieldBytes +
    3 * boxedNumberBytes +
    propertiesBytes(entity.properties) +
    textBytes(entity.deletingKey)
  );
}

export function propertiesBytes(properties: Properties): number {
  let bytes = objectBytes;
  for (const name in properties) bytes += fieldBytes + jsonBytes(properties[name] ?? null);
  return bytes;
}

export function textBytes(text: string | null): number {
  if (text === null) return 0;
  // Two bytes a character if any of them needs it; finding that out would cost more than it is worth.
  return 16 + Math.ceil(text.length / 8) * 8;
}

function jsonBytes(value: JsonValue): number {
  if (typeof value === 'string') return textBytes(value);
  if (typeof value === 'number') return Number.isInteger(value) && Math.abs(value) < 2 ** 30 ? 0 : boxedNumberBytes;
  if (typeof value !== 'object' || value === null) return 0;
  if (!Array.isArray(value)) {
    // An object of unusual names has a shape of its own: about as much again.
    let bytes = objectBytes * 2;
    for (const [name, member] of Object.entries(value)) bytes += 3 * fieldBytes + textBytes(name) + jsonBytes(member);
    return bytes;
  }
  return value.reduce(
    (bytes: number, item: JsonValue) => bytes + fieldBytes + jsonBytes(item),
    objectBytes + fieldBytes * 3,
  );
}
