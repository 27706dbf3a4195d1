import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import type { NodeId } from '#consensus/core/types.ts';
import { isFoundingQuestion } from '#consensus/driver/founding-message.ts';
import { openIdentity, writeIdentity } from '#consensus/driver/identity.ts';
import { Founding } from '#consensus/driver/until-founded.ts';
import type { TcpLinks } from '#consensus/transport/tcp-links.ts';
import { openLinks } from '#consensus/transport/tcp-links.ts';
import { freePorts } from '#tests/support/free-ports.ts';
import { waitFor } from '#tests/support/wait.ts';

const members = ['n1', 'n2', 'n3'] as NodeId[];

interface Running {
  readonly links: TcpLinks;
  readonly founded: Promise<string>;
  readonly warned: string[];
  stop(): Promise<void>;
}

/** One node as far as its founding goes: folder, links and founding, as a start joins them. */
async function startNode(self: NodeId, root: string, ports: readonly number[]): Promise<Running> {
  const folder = join(root, self);
  const logFolder = join(folder, 'log');
  const identity = openIdentity({ folder, nodeId: self, members, clusterId: null, logFolder });
  mkdirSync(logFolder, { recursive: true });
  writeFileSync(join(logFolder, 'first'), '');
  const stopping = new AbortController();
  const warned: string[] = [];
  const log = {
    info: (): void => {},
    warn: (fields: object): void => void warned.push('code' in fields ? String(fields.code) : ''),
  };
  const addressOf = (id: NodeId) => ({ host: '127.0.0.1', port: ports[members.indexOf(id)] ?? 0 });
  const founding: Founding = new Founding({
    self,
    members,
    state: identity.state,
    ask: (member) => links.request(member, 'monitor', { about: 'founding' }, { timeoutMs: 500 }),
    persist: (state) => writeIdentity(folder, { ...identity, state }),
    newClusterId: () => `made by ${self}`,
    log,
    signal: stopping.signal,
    roundMs: 10,
  });
  const links = await openLinks({
    self,
    clusterId: () => founding.clusterId(),
    schemaDigest: '',
    secret: 'the secret',
    listen: addressOf(self),
    peers: new Map(members.map((id) => [id, addressOf(id)])),
    log,
  });
  links.onRequest('monitor', async (_from, payload) => {
    if (!isFoundingQuestion(payload)) throw new Error('nobody asks anything else here');
    return founding.answer();
  });
  const founded = founding.untilFounded();
  // A test that ends early stops it; whoever awaits it still sees the reason.
  founded.catch(() => {});
  const stop = async (): Promise<void> => {
    stopping.abort();
    await links.close();
  };
  onTestFinished(stop);
  return { links, founded, warned, stop };
}

function newRoot(): string {
  const root = mkdtempSync(join(tmpdir(), 'instaface-founding-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  return root;
}

it('three empty nodes found one cluster over their links, and may then talk about more than monitoring', async () => {
  const root = newRoot();
  const ports = await freePorts(3);
  const nodes = await Promise.all(members.map((id) => startNode(id, root, ports)));
  expect(await Promise.all(nodes.map(({ founded }) => founded))).toEqual(['made by n1', 'made by n1', 'made by n1']);
  const heard: string[] = [];
  for (const { links } of nodes) links.onMessage('raft', (from) => heard.push(`${from}>${links.self}`));
  for (const { links } of nodes) for (const to of members) if (to !== links.self) links.send(to, 'raft', 1);
  await waitFor('six messages', () => heard.length === 6);
  const again = await startAgain(nodes, root, ports);
  expect(await Promise.all(again.map(({ founded }) => founded))).toEqual(['made by n1', 'made by n1', 'made by n1']);
});

it('a node whose folder was wiped waits outside, while the others go on', async () => {
  const root = newRoot();
  const ports = await freePorts(3);
  const nodes = await Promise.all(members.map((id) => startNode(id, root, ports)));
  await Promise.all(nodes.map(({ founded }) => founded));
  await nodes[1]?.stop();
  rmSync(join(root, 'n2'), { recursive: true, force: true });
  const wiped = await startNode('n2' as NodeId, root, ports);
  await waitFor('n2 to say that it is quarantined', () => wiped.warned.includes('QUARANTINED'));
  expect(wiped.links.send('n1' as NodeId, 'raft', 1)).toBe(false);
});

it('a process that is killed is missed at once by the one it was connected to', async () => {
  const [port = 0, childPort = 0] = await freePorts(2);
  const links = await openLinks({
    self: 'n1' as NodeId,
    clusterId: () => 'c',
    schemaDigest: '',
    secret: '',
    listen: { host: '127.0.0.1', port },
    peers: new Map([['n2' as NodeId, { host: '127.0.0.1', port: childPort }]]),
    log: { info: () => {}, warn: () => {} },
  });
  onTestFinished(() => links.close());
  const child = fork(join(import.meta.dirname, 'processes/link-peer.ts'), [String(childPort), String(port)]);
  onTestFinished(() => void child.kill('SIGKILL'));
  await waitFor('the link to open', () => links.states()[0]?.open === true);
  const missed = new Promise<number>((resolve) => links.onClosed(() => resolve(performance.now())));
  const killedAtMs = performance.now();
  child.kill('SIGKILL');
  expect((await missed) - killedAtMs).toBeLessThan(500);
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
});

async function startAgain(nodes: readonly Running[], root: string, ports: readonly number[]): Promise<Running[]> {
  await Promise.all(nodes.map((node) => node.stop()));
  return Promise.all(members.map((id) => startNode(id, root, ports)));
}
