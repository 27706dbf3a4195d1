import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { NodeId } from '../core/types.ts';
import type { FoundingState, Joining } from './founding.ts';
import { sortedMembers } from './founding.ts';
import { isMembers, readFoundingState, readJoining } from './founding-message.ts';

/** Who a data folder belongs to, in `identity.json`: written before anything else is, and only by the node itself. */
export interface Identity {
  readonly nodeId: NodeId;
  readonly state: FoundingState;
  /** The members of the founding that this node is part of; the voters of an empty log. Sorted. */
  readonly members: readonly NodeId[];
  /** Of a node that came after the founding: what an empty log begins with, and the least that it remembers of its votes. */
  readonly joined?: Joining;
}

export const identityErrorCodes = [
  'WRONG_NODE_ID',
  'WRONG_CLUSTER',
  'WRONG_MEMBERS',
  'IDENTITY_DAMAGED',
  'IDENTITY_TOO_NEW',
  'IDENTITY_MISSING',
  'LOG_MISSING',
] as const;

/** The folder cannot be used by this node. Nothing in it was changed. */
export class IdentityError extends Error {
  readonly code: (typeof identityErrorCodes)[number];

  constructor(code: IdentityError['code'], message: string) {
    super(message);
    this.name = 'IdentityError';
    this.code = code;
  }
}

const fileName = 'identity.json';
/** Version 2 is that of a node that joined: version 1 of the program would take it for a founding member. */
const formatVersion = 1;
const joinedFormatVersion = 2;

export interface IdentityOptions {
  /** The folder of this node alone; made when it is not there. */
  readonly folder: string;
  readonly nodeId: NodeId;
  /** The founding members that this node was started with. */
  readonly members: readonly NodeId[];
  /** The cluster this node is meant for, where that is known beforehand; else null. */
  readonly clusterId: string | null;
  /** The folder of the log, inside `folder`. */
  readonly logFolder: string;
}

/**
 * Reads who the folder belongs to; one that belongs to nobody becomes this node's, in the state `empty`, before a log is made
 * in it. Throws IdentityError when it is another node's or another cluster's, and when identity and log do not go together: a
 * node without its log must not vote as if it had one.
 */
export function openIdentity(options: IdentityOptions): Identity {
  const { folder, nodeId } = options;
  const path = join(folder, fileName);
  const members = sortedMembers(options.members);
  const hasLog = existsSync(options.logFolder) && readdirSync(options.logFolder).length > 0;
  if (!existsSync(path)) {
    if (hasLog) {
      throw new IdentityError(
        'IDENTITY_MISSING',
        `${folder} holds a log and no ${fileName}, so whose log it is, is unknown`,
      );
    }
    const identity: Identity = { nodeId, state: { kind: 'empty' }, members };
    writeIdentity(folder, identity);
    return identity;
  }
  const identity = parseIdentity(path, readFileSync(path, 'utf8'));
  checkOwner(options, identity);
  if (identity.state.kind === 'founded' && !hasLog) {
    throw new IdentityError(
      'LOG_MISSING',
      `${folder} belongs to ${nodeId}, but its log ${options.logFolder} is gone: a node that forgot its votes must not vote`,
    );
  }
  return identity.state.kind === 'empty' ? { ...identity, members } : identity;
}

/** Durable when it returns: the new content, its name, and the folder that holds it. A crash leaves the old file or the new. */
export function writeIdentity(folder: string, identity: Identity): void {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, fileName);
  const { nodeId, state, members, joined } = identity;
  const version = joined === undefined ? formatVersion : joinedFormatVersion;
  const fields = { formatVersion: version, nodeId, state, members: sortedMembers(members), joined };
  const content = JSON.stringify(fields, null, 2);
  const file = openSync(`${path}.new`, 'w', 0o600);
  try {
    // All of it or an error: a single write may be short on a disk that is nearly full.
    writeFileSync(file, `${content}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(`${path}.new`, path);
  syncFolder(folder);
}

function syncFolder(folder: string): void {
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

function parseIdentity(path: string, text: string): Identity {
  const damaged = (why: string): IdentityError =>
    new IdentityError('IDENTITY_DAMAGED', `${path} cannot be read: ${why}`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw damaged('it is no JSON');
  }
  if (typeof value !== 'object' || value === null) throw damaged('it is no object');
  const fields = value as Record<keyof Identity | 'formatVersion', unknown>;
  if (typeof fields.formatVersion !== 'number') throw damaged('it has no format version');
  if (fields.formatVersion > joinedFormatVersion) {
    throw new IdentityError(
      'IDENTITY_TOO_NEW',
      `${path} has format ${fields.formatVersion}, this version of Instaface reads up to ${joinedFormatVersion}`,
    );
  }
  const state = readFoundingState(fields.state);
  if (typeof fields.nodeId !== 'string' || state === null || !isMembers(fields.members)) {
    throw damaged('node id, state or members are missing');
  }
  const identity = { nodeId: fields.nodeId as NodeId, state, members: fields.members };
  if (fields.joined === undefined) return identity;
  const joined = readJoining(fields.joined);
  if (joined === null) throw damaged('how it joined its cluster is unreadable');
  return { ...identity, joined };
}

function checkOwner(options: IdentityOptions, identity: Identity): void {
  const { folder, nodeId } = options;
  if (identity.nodeId !== nodeId) {
    throw new IdentityError('WRONG_NODE_ID', `${folder} belongs to the node ${identity.nodeId}, and this is ${nodeId}`);
  }
  if (identity.state.kind === 'empty') return;
  if (options.clusterId !== null && identity.state.clusterId !== options.clusterId) {
    throw new IdentityError(
      'WRONG_CLUSTER',
      `${folder} belongs to the cluster ${identity.state.clusterId}, and this is ${options.clusterId}`,
    );
  }
  // Once founded, members come and go in the log, and what the command line says are addresses.
  const started = sortedMembers(options.members).join(', ');
  const prepared = sortedMembers(identity.members).join(', ');
  if (identity.state.kind === 'prepared' && started !== prepared) {
    throw new IdentityError(
      'WRONG_MEMBERS',
      `${folder} was prepared for a cluster of ${prepared}, and this start names ${started}. ` +
        'Nothing is stored in it yet: start with the former members, or empty the folders of all of them',
    );
  }
}
