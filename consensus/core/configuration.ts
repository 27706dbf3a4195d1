import { impossible } from './assert.ts';
import type { Configuration, MemberAddress, NodeId } from './types.ts';

/** JSON with everything outside ASCII escaped, so that a character is a byte and no text codec is needed here. */
export function encodeConfiguration(configuration: Configuration): Uint8Array {
  const { voters, learners, addresses } = configuration;
  const text = JSON.stringify({ voters, learners, ...(addresses === undefined ? {} : { addresses }) }).replace(
    /[^ -~]/g,
    escaped,
  );
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

/** Of an entry that is in the log already: whoever proposed it had it checked, so anything unreadable is a broken log. */
export function decodeConfiguration(data: Uint8Array): Configuration {
  return parseConfiguration(data) ?? impossible(`configuration entry of ${data.length} bytes is unreadable`);
}

/** Null when the bytes are no configuration with at least one voter, nobody named twice, and addresses of members alone. */
export function parseConfiguration(data: Uint8Array): Configuration | null {
  let text = '';
  for (const byte of data) text += String.fromCharCode(byte);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  return readConfiguration(value);
}

/** The same of a value that was decoded already. */
export function readConfiguration(value: unknown): Configuration | null {
  if (typeof value !== 'object' || value === null || !('voters' in value) || !('learners' in value)) return null;
  const { voters, learners } = value;
  if (!isNodeIds(voters) || !isNodeIds(learners) || voters.length === 0) return null;
  if (new Set([...voters, ...learners]).size !== voters.length + learners.length) return null;
  if (!('addresses' in value)) return { voters, learners };
  const { addresses } = value;
  if (!isAddresses(addresses) || !addresses.every(({ id }) => isMember({ voters, learners }, id))) return null;
  return { voters, learners, addresses };
}

export function isVoter(configuration: Configuration, id: NodeId): boolean {
  return configuration.voters.includes(id);
}

/** Voter or learner. */
export function isMember({ voters, learners }: Configuration, id: NodeId): boolean {
  return voters.includes(id) || learners.includes(id);
}

/**
 * Whether one configuration may follow another directly: at most one voter comes or goes, so any majority of the old voters
 * and any majority of the new ones share a member (thesis 4.1). Learners do not count and may change freely.
 */
export function isSingleServerChange(from: Configuration, to: Configuration): boolean {
  const removed = from.voters.filter((id) => !to.voters.includes(id)).length;
  const added = to.voters.filter((id) => !from.voters.includes(id)).length;
  return removed + added <= 1;
}

function isNodeIds(value: unknown): value is readonly NodeId[] {
  return Array.isArray(value) && value.every((id) => typeof id === 'string' && id !== '');
}

/** Each id once; what the texts mean is for those to know who dial them. */
export function isAddresses(value: unknown): value is readonly MemberAddress[] {
  if (!Array.isArray(value)) return false;
  const ids = new Set<unknown>();
  for (const address of value as readonly unknown[]) {
    if (typeof address !== 'object' || address === null) return false;
    const { id, peer, publicUrl } = address as Readonly<Record<keyof MemberAddress, unknown>>;
    if (typeof id !== 'string' || id === '' || typeof peer !== 'string' || typeof publicUrl !== 'string') return false;
    ids.add(id);
  }
  return ids.size === value.length;
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
