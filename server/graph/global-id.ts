import { decodeText, encodeText } from './base64url.ts';
import { GraphError } from './errors.ts';
import type { EntityId, EntityType } from './identifiers.ts';

const pattern = /^([A-Za-z_][A-Za-z0-9_]*):([1-9][0-9]{0,15})$/;

/** The id that clients see: base64url of `Type:number`. Opaque to them; it carries the type so that a wrong one is noticed at once. */
export function encodeGlobalId(type: EntityType, id: EntityId): string {
  return encodeText(`${type}:${id}`);
}

/** BAD_INPUT for anything that `encodeGlobalId` cannot have made. Whether such an entity exists is another question. */
export function decodeGlobalId(text: string): { readonly type: EntityType; readonly id: EntityId } {
  const match = pattern.exec(decodeText(text, 'id'));
  const type = match?.[1];
  const id = Number(match?.[2]);
  if (type === undefined || !Number.isSafeInteger(id)) {
    throw new GraphError('BAD_INPUT', `${JSON.stringify(text)} is no id`);
  }
  return { type, id: id as EntityId };
}
