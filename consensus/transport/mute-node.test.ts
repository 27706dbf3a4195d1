import { randomBytes } from 'node:crypto';
import { createServer } from 'node:net';
import type { Socket } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { NodeId } from '../core/types.ts';
import { FrameReader, frameOf } from './frame.ts';
import { AcceptorHandshake } from './handshake.ts';
import type { Address } from './sockets.ts';
import { isOpen, n1, n2, openTestLinks, until, untilOpen } from './testing-links.ts';

/** A node that proves who it is and then never reads another byte, like one that is stopped or has lost its network. */
async function muteNode(self: NodeId): Promise<Address> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    const settings = { self, clusterId: 'cluster-a', schemaDigest: '', secret: 'the secret' };
    const handshake = new AcceptorHandshake({ ...settings, nonce: randomBytes(32), channelBinding: Buffer.alloc(0) });
    const reader = new FrameReader({
      frameBytesMax: 4_096,
      onFrame: (frame) => {
        const step = handshake.receive(frame.kind, frame.bytes.subarray(frame.start, frame.end));
        const head = { channel: 'raft', correlation: 0 } as const;
        if (step.send !== null) socket.write(frameOf({ kind: step.send.kind, ...head }, step.send.body));
        if (step.peer === null) return;
        reader.stop();
        socket.pause();
      },
    });
    socket.on('data', (chunk: Buffer) => reader.push(chunk));
    socket.on('error', () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the mute node has no port');
  return { host: '127.0.0.1', port: address.port };
}

/** Without what is garbage already, however busy the collector was. */
function arrayBufferBytes(): number {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  if (typeof collect === 'function') collect();
  return process.memoryUsage().arrayBuffers;
}

describe('a peer that does not read', () => {
  it('has its messages dropped at the bound, not gathered without end', async () => {
    const frameBytes = 100_000;
    const sendBufferBytesMax = 1_000_000;
    const links = await openTestLinks(n1, {
      peers: new Map([[n2, await muteNode(n2)]]),
      limits: { sendBufferBytesMax },
    });
    await untilOpen(links, n2);
    const before = arrayBufferBytes();
    let taken = 0;
    let dropped = 0;
    for (let turn = 0; turn < 300; turn += 1) {
      for (let count = 0; count < 10; count += 1) {
        if (links.send(n2, 'raft', new Uint8Array(frameBytes))) taken += 1;
        else dropped += 1;
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
    // The kernel takes some megabytes on loopback; 300 MB were offered.
    expect(taken * frameBytes).toBeLessThan(30_000_000);
    expect(dropped).toBeGreaterThan(2_000);
    expect(arrayBufferBytes() - before).toBeLessThan(60_000_000);
    expect(isOpen(links, n2)).toBe(true);
  });

  it('is given up after so many pings without a sign of life', async () => {
    const gone: NodeId[] = [];
    const links = await openTestLinks(n1, {
      peers: new Map([[n2, await muteNode(n2)]]),
      limits: { pingIntervalMs: 20, silentPingsMax: 3 },
    });
    links.onClosed((peer) => gone.push(peer));
    await until(() => gone.includes(n2), 'the mute node was given up');
    expect(links.logged.some((line) => line.code === 'SILENT')).toBe(true);
  });
});
