import { decodeText, encodeText } from './base64url.ts';
import type { ListPosition } from './entity.ts';
import { GraphError } from './errors.ts';
import type { EntityId } from './identifiers.ts';
import { timeMsMax, timeMsMin } from './limits.ts';

const pattern = /^(0|-?[1-9][0-9]{0,14}):([1-9][0-9]{0,15})$/;

/** A place in a list as clients see it: base64url of `time:to`. It stays valid when the edge it was made from is gone. */
export function encodeCursor(position: ListPosition): string {
  return encodeText(`${position.time}:${position.to}`);
}

/** BAD_INPUT for anything that `encodeCursor` cannot have made. */
export function decodeCursor(text: string): ListPosition {
  const match = pattern.exec(decodeText(text, 'cursor'));
  const time = Number(match?.[1]);
  const to = Number(match?.[2]);
  // Both are NaN without a match, and then neither comparison holds.
  if (!(time >= timeMsMin && time <= timeMsMax && Number.isSafeInteger(to))) {
    throw new GraphError('BAD_INPUT', `${JSON.stringify(text)} is no cursor`);
  }
  return { time, to: to as EntityId };
}

/** Negative when `left` comes first in a list: later times first, then larger ids. */
export function comparePositions(left: ListPosition, right: ListPosition): number {
  return right.time - left.time || right.to - left.to;
}
