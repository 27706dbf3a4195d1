import type { Redis } from 'ioredis';
import { isNodeId } from './address.ts';
import type { SharedConfig } from './config-source.ts';

/** What a node says of itself in Redis. */
export interface Registration {
  /** host:port */
  readonly peer: string;
  readonly publicUrl: string;
}

/** All of the cluster's keys begin with its name, so one Redis serves many clusters. */
export class SharedKeys {
  /** JSON list of node ids: the founding members. Written once, by whoever comes first. */
  readonly members: string;
  /** Hash: name of a timing or limit → value. Written by people. */
  readonly settings: string;
  /** Set of the ids of all nodes that ever registered. */
  readonly nodes: string;
  /** Channel: an id, when that node registered or its address changed. */
  readonly changes: string;
  readonly #prefix: string;

  constructor(clusterName: string) {
    this.#prefix = `instaface:${clusterName}`;
    this.members = `${this.#prefix}:members`;
    this.settings = `${this.#prefix}:settings`;
    this.nodes = `${this.#prefix}:nodes`;
    this.changes = `${this.#prefix}:changes`;
  }

  /** JSON of a Registration; expires when its node no longer renews it. */
  address(id: string): string {
    return `${this.#prefix}:address:${id}`;
  }
}

/** Everything the cluster's name stands for, in a few round trips. Rejects when Redis does not answer. */
export async function readShared(redis: Redis, keys: SharedKeys): Promise<SharedConfig> {
  const [members, settings, addresses] = await Promise.all([
    redis.get(keys.members),
    redis.hgetall(keys.settings),
    readRegistrations(redis, keys),
  ]);
  return { members: readMemberList(members), addresses, settings: new Map(Object.entries(settings)) };
}

export async function readRegistrations(redis: Redis, keys: SharedKeys): Promise<ReadonlyMap<string, Registration>> {
  const ids = (await redis.smembers(keys.nodes)).filter(isNodeId);
  if (ids.length === 0) return new Map();
  const texts = await redis.mget(ids.map((id) => keys.address(id)));
  const found = new Map<string, Registration>();
  for (const [place, id] of ids.entries()) {
    const registration = readRegistration(texts[place] ?? null);
    if (registration !== null) found.set(id, registration);
  }
  return found;
}

/** Proposes the founding list; the first proposal is the list for ever. */
export async function proposeMembers(redis: Redis, keys: SharedKeys, members: readonly string[]): Promise<void> {
  await redis.set(keys.members, JSON.stringify(members.toSorted()), 'NX');
}

function readMemberList(text: string | null): readonly string[] | null {
  const value = readJson(text);
  if (!Array.isArray(value) || value.length === 0) return null;
  const ids = value.filter((id) => typeof id === 'string' && isNodeId(id)) as string[];
  return ids.length === value.length ? ids : null;
}

function readRegistration(text: string | null): Registration | null {
  const value = readJson(text);
  if (typeof value !== 'object' || value === null) return null;
  const { peer, publicUrl } = value as { readonly peer?: unknown; readonly publicUrl?: unknown };
  return typeof peer === 'string' && typeof publicUrl === 'string' ? { peer, publicUrl } : null;
}

function readJson(text: string | null): unknown {
  if (text === null) return null;
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
