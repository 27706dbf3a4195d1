// Two processes on loopback, the real links between them: how many small messages and round trips a second, at what CPU.
import type { ChildProcess } from 'node:child_process';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';
import type { NodeId } from '#consensus/core/types.ts';
import type { TcpLinks } from '#consensus/transport/tcp-links.ts';
import { openLinks } from '#consensus/transport/tcp-links.ts';
import type { BenchRow } from './row.ts';

const here = 'n1' as NodeId;
const there = 'n2' as NodeId;
const peerArgument = 'links-peer';
const messageCount = 500_000;
const requestCount = 200_000;
const requestsInFlight = 256;

interface PeerReport {
  readonly port: number;
  readonly received: number;
}

/** The size of what nodes say most often. */
function messageOf(index: number): object {
  const envelope = { from: here, to: there, term: 7 };
  return { kind: 'append-response', ...envelope, success: true, index, hintIndex: 0, hintTerm: 0 };
}

export async function run(): Promise<readonly BenchRow[]> {
  const links = await open(here);
  const peer = fork(import.meta.filename, [peerArgument]);
  try {
    const { port } = await ask(peer, { port: links.address().port });
    links.setPeer(there, { host: '127.0.0.1', port });
    for (let tries = 0; links.states()[0]?.open !== true; tries += 1) {
      if (tries > 1_000) throw new Error('the two processes did not find each other within 10 s');
      await pause(10);
    }
    // The first round warms both processes up.
    await messagesPerSecond(links, peer);
    const messages = await messagesPerSecond(links, peer);
    const bound = 100_000;
    return [
      { name: 'messages a second', measured: messages, unit: '/s', bound, ok: messages >= bound },
      await roundTrips(links),
    ];
  } finally {
    peer.kill();
    await links.close();
  }
}

async function messagesPerSecond(links: TcpLinks, peer: ChildProcess): Promise<number> {
  const { received: before } = await ask(peer, {});
  const startMs = performance.now();
  for (let sent = 0; sent < messageCount;) {
    for (let count = 0; count < 200 && links.send(there, 'raft', messageOf(sent)); count += 1) sent += 1;
    await nextTurn();
  }
  while ((await ask(peer, {})).received - before < messageCount) await pause(1);
  return (messageCount / (performance.now() - startMs)) * 1_000;
}

async function roundTrips(links: TcpLinks): Promise<BenchRow> {
  let started = 0;
  const startMs = performance.now();
  const ask = async (): Promise<void> => {
    while (started < requestCount) {
      started += 1;
      await links.request(there, 'forward', messageOf(started), { timeoutMs: 10_000 });
    }
  };
  await Promise.all(Array.from({ length: requestsInFlight }, ask));
  const measured = (requestCount / (performance.now() - startMs)) * 1_000;
  return { name: `round trips, ${requestsInFlight} in flight`, measured, unit: '/s', bound: null, ok: true };
}

function open(self: NodeId): Promise<TcpLinks> {
  return openLinks({
    self,
    clusterId: () => 'bench',
    schemaDigest: '',
    secret: 'bench',
    listen: { host: '127.0.0.1', port: 0 },
    peers: new Map(),
    log: { info: () => {}, warn: (fields, message) => process.stderr.write(`${message} ${JSON.stringify(fields)}\n`) },
  });
}

async function ask(peer: ChildProcess, question: { readonly port?: number }): Promise<PeerReport> {
  peer.send(question);
  const [report] = (await once(peer, 'message')) as [PeerReport];
  return report;
}

async function servePeer(): Promise<void> {
  const links = await open(there);
  let received = 0;
  links.onMessage('raft', () => {
    received += 1;
  });
  links.onRequest('forward', async (_from, payload) => payload);
  process.on('message', (question: { readonly port?: number }) => {
    if (question.port !== undefined) links.setPeer(here, { host: '127.0.0.1', port: question.port });
    process.send?.({ port: links.address().port, received } satisfies PeerReport);
  });
  process.on('disconnect', () => process.exit(0));
}

if (process.argv[2] === peerArgument) await servePeer();
