import { assert, impossible } from './assert.ts';
import type { TestNetwork, TestNode } from './testing-network.ts';
import type { LogPlace } from './types.ts';

/**
 * What a transcript claims of a node: `n1 leader term 2 vote n1 commit 3 log 1x2 2`. A claim names the fields that it is about, so
 * that it says what the scenario is about and no more. `n1>n2` is how far the leader n1 knows n2 to be.
 */
const roles: ReadonlySet<string> = new Set(['follower', 'pre-candidate', 'candidate', 'leader', 'learner', 'down']);

const nodeFields: Readonly<Record<string, (node: TestNode) => string>> = {
  role: (node) => (node.isUp ? node.status.role : 'down'),
  term: (node) => `${node.status.term}`,
  vote: (node) => node.status.votedFor ?? 'nobody',
  follows: (node) => node.status.leader ?? 'nobody',
  commit: (node) => `${node.status.commitIndex}`,
  log: (node) => logOf(node.status.firstIndex - 1, node.terms),
  /** What a crash would leave. */
  disk: ({ disk }) =>
    logOf(
      disk.mark.index,
      disk.entries.map(({ term }) => term),
    ),
  diskTerm: ({ disk }) => `${disk.hardState.term}`,
  diskVote: ({ disk }) => disk.hardState.votedFor ?? 'nobody',
  /** Up to where the log lost entries, and what the disk knows of that. */
  lost: ({ status }) => (status.lost === undefined ? 'nothing' : place(status.lost)),
  diskLost: ({ disk }) => (disk.lost === null ? 'nothing' : place(disk.lost)),
  applied: (node) => ranges(node.applied.map(({ index }) => index)),
  restarts: (node) => node.restarts.map(place).join(' ') || 'none',
  voters: (node) => node.status.configuration.voters.join(' ') || 'nobody',
  learners: (node) => node.status.configuration.learners.join(' ') || 'nobody',
  reads: (node) => node.reads.map(({ request, index }) => `${request}:${index ?? 'refused'}`).join(' ') || 'none',
  transfer: (node) => node.status.transferringTo ?? 'nobody',
  ownTerm: (node) => (node.status.ownTermCommitted ? 'committed' : 'open'),
  quorum: (node) => (node.status.hasQuorum ? 'heard' : 'missing'),
};
const usualFields = ['role', 'term', 'vote', 'commit', 'log'];
const peerFields = ['state', 'match', 'next', 'active'];

/** A claim as it is written in the file, and as it would have to be written to be true. */
export interface Claim {
  readonly claimed: string;
  readonly actual: string;
}

export function readClaim(network: TestNetwork, words: readonly string[]): Claim {
  const [subject = '', ...rest] = words;
  const claimed = parseFields(subject, rest);
  const isAboutPeer = subject.includes('>');
  const named = claimed.has('role') ? ['role', ...claimed.keys()] : [...claimed.keys()];
  const keys = claimed.size > 0 ? new Set(named) : isAboutPeer ? peerFields : usualFields;
  const values = [...keys].map((key) => {
    const value = isAboutPeer ? peerField(network, subject, key) : nodeField(network.node(subject), key);
    return key === 'role' ? value : `${key} ${value}`;
  });
  return { claimed: words.join(' '), actual: [subject, ...values].join(' ') };
}

/** Which fields the words name, in their order, the role first; none if they are left to be filled in. */
function parseFields(subject: string, words: readonly string[]): ReadonlyMap<string, string> {
  const known = subject.includes('>') ? peerFields : Object.keys(nodeFields);
  const fields = new Map<string, string>();
  let key: string | null = null;
  for (const word of words) {
    if (roles.has(word) && fields.size === 0) fields.set('role', word);
    else if (known.includes(word)) fields.set((key = word), '');
    else if (word === '?' && key === null) return new Map();
    else if (key === null) impossible(`${word} is no field that can be claimed of ${subject}`);
    else fields.set(key, `${fields.get(key)} ${word}`.trim());
  }
  return fields;
}

function nodeField(node: TestNode, key: string): string {
  const read = nodeFields[key];
  assert(read !== undefined, `nodes have no ${key}`);
  return read(node);
}

function peerField(network: TestNetwork, subject: string, key: string): string {
  const [leader = '', id = ''] = subject.split('>');
  const peer = network.node(leader).status.progress.find((progress) => progress.id === id);
  if (peer === undefined) return key === 'state' ? 'forgotten' : '-';
  const values: Readonly<Record<string, string>> = {
    state: peer.state,
    match: `${peer.matchIndex}`,
    next: `${peer.nextIndex}`,
    active: peer.active ? 'yes' : 'no',
  };
  return values[key] ?? impossible(`peers have no ${key}`);
}

/** The terms of a log, oldest first: `1x3 2` is three entries of term 1 and one of term 2, `10.. 1` one after entry 10. */
function logOf(markIndex: number, terms: readonly number[]): string {
  const runs: { readonly term: number; count: number }[] = [];
  for (const term of terms) {
    const last = runs.at(-1);
    if (last?.term === term) last.count++;
    else runs.push({ term, count: 1 });
  }
  const words = runs.map(({ term, count }) => (count === 1 ? `${term}` : `${term}x${count}`));
  if (markIndex > 0) words.unshift(`${markIndex}..`);
  return words.join(' ') || 'empty';
}

function place({ index, term }: LogPlace): string {
  return `${index}@${term}`;
}

/** `1-4 6`: what was applied, in the order in which it was. */
function ranges(indexes: readonly number[]): string {
  const runs: { readonly first: number; last: number }[] = [];
  for (const index of indexes) {
    const run = runs.at(-1);
    if (run !== undefined && index === run.last + 1) run.last = index;
    else runs.push({ first: index, last: index });
  }
  return runs.map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`)).join(' ') || 'nothing';
}
