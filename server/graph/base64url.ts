import { GraphError } from './errors.ts';

/** Text of one byte characters as base64url without padding. */
export function encodeText(text: string): string {
  return Buffer.from(text, 'latin1').toString('base64url');
}

/** The text again, if `encoded` is exactly what `encodeText` makes of it; Node's decoder alone would take any rubbish. BAD_INPUT. */
export function decodeText(encoded: string, what: string): string {
  const text = Buffer.from(encoded, 'base64url').toString('latin1');
  if (encoded.length > 200 || encodeText(text) !== encoded)
    throw new GraphError('BAD_INPUT', `${JSON.stringify(encoded.slice(0, 200))} is no ${what}`);
  return text;
}
