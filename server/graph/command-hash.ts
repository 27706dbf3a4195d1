import { createHash } from 'node:crypto';
import type { Command } from './command.ts';
import type { JsonValue } from './entity.ts';
import { canonicalJson } from './json.ts';

/** SHA-256 of the canonical form, base64url: names in any order and -0 for 0 are the same command; operations in another order are not. */
export function hashCommand(command: Command): string {
  // A validated command is JSON through and through; the type of an operation merely does not say so.
  const canonical = canonicalJson(command.operations as unknown as JsonValue);
  return createHash('sha256').update(canonical).digest('base64url');
}
