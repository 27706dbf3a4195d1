import { createServer } from 'node:net';
import type { Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { frameHeaderBytes, frameOf } from './frame.ts';
import { isOpen, n1, n2, n3, openTestLinks, stranger, until, untilOpen } from './testing-links.ts';

describe('who may connect', () => {
  it.each([
    ['another secret', { secret: 'a guess' }, 'WRONG_SECRET'],
    ['another cluster', { clusterId: () => 'cluster-b' }, 'WRONG_CLUSTER'],
  ] as const)('not a node with %s, and both sides say why', async (_name, changes, code) => {
    const b = await openTestLinks(n2);
    const a = await openTestLinks(n1, { ...changes, peers: new Map([[n2, b.address()]]) });
    await until(() => [a, b].every((links) => links.logged.some((line) => line.code === code)), 'both logged it');
    expect(a.failures().get(n2)).toBe(code);
    expect(isOpen(a, n2)).toBe(false);
  });

  it('not a node that was meant for another address', async () => {
    const b = await openTestLinks(n2);
    const a = await openTestLinks(n1, { peers: new Map([[n3, b.address()]]) });
    await until(() => a.logged.some((line) => line.code === 'WRONG_TARGET'), 'the wrong target was noticed');
    expect(isOpen(a, n3)).toBe(false);
  });

  it('not someone who replays the recorded bytes of a node that did', async () => {
    const b = await openTestLinks(n2);
    const recorded: Buffer[] = [];
    const proxy = createServer((near) => {
      const far = new (near.constructor as new () => Socket)();
      far.connect(b.address().port, b.address().host);
      near.on('data', (chunk: Buffer) => {
        recorded.push(chunk);
        far.write(chunk);
      });
      far.on('data', (chunk: Buffer) => near.write(chunk));
      for (const [socket, other] of [
        [near, far],
        [far, near],
      ] as const) {
        socket.on('error', () => {});
        socket.on('close', () => other.destroy());
      }
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', () => resolve()));
    onTestFinished(() => void proxy.close());
    const address = proxy.address();
    if (address === null || typeof address === 'string') throw new Error('the proxy has no port');
    const heard: unknown[] = [];
    b.onMessage('raft', (_from, payload) => heard.push(payload));
    const a = await openTestLinks(n1, { peers: new Map([[n2, { host: '127.0.0.1', port: address.port }]]) });
    await untilOpen(a, n2);
    a.send(n2, 'raft', 'once');
    await until(() => heard.length === 1, 'the message arrived');
    const thief = await stranger(b.address());
    thief.socket.write(Buffer.concat(recorded));
    await until(thief.closed, 'the thief was thrown out');
    expect(heard).toEqual(['once']);
    expect(b.logged.at(-1)).toMatchObject({ code: 'WRONG_SECRET' });
  });

  const hello = { kind: 'hello', channel: 'raft', correlation: 0 } as const;
  it.each([
    ['garbage', Buffer.from('GET / HTTP/1.1\r\nHost: n2\r\n\r\n')],
    ['a hello larger than a handshake may be', frameOf(hello, Buffer.alloc(8_000))],
    ['the announcement of a huge frame', Buffer.from([0xff, 0xff, 0xff, 0xff, 1, 1, 1])],
    ['a message before it has proven anything', frameOf({ ...hello, kind: 'message' }, Buffer.from([0xc0]))],
    ['a proof of nothing', frameOf({ ...hello, kind: 'proof' }, Buffer.alloc(32))],
    ['another version', Buffer.concat([Buffer.from([0, 0, 0, frameHeaderBytes, 9]), Buffer.alloc(20)])],
  ])('not a stranger who sends %s; the node goes on', async (_name, bytes) => {
    const b = await openTestLinks(n2);
    const visitor = await stranger(b.address());
    visitor.socket.write(bytes);
    await until(visitor.closed, 'the stranger was thrown out');
    const a = await openTestLinks(n1, { peers: new Map([[n2, b.address()]]) });
    await untilOpen(a, n2);
  });

  it('not one who says nothing for too long', async () => {
    const b = await openTestLinks(n2, { limits: { handshakeTimeoutMs: 60 } });
    const silent = await stranger(b.address());
    await until(silent.closed, 'the silent one was thrown out');
  });

  it('and a crowd of silent strangers does not keep a member out', async () => {
    const b = await openTestLinks(n2, { limits: { handshakesMax: 4 } });
    const crowd = await Promise.all(Array.from({ length: 12 }, () => stranger(b.address())));
    await until(() => crowd.filter((one) => one.closed()).length >= 8, 'the oldest made room');
    const a = await openTestLinks(n1, { peers: new Map([[n2, b.address()]]) });
    await untilOpen(a, n2);
  });

  it('nobody from elsewhere where there is neither secret nor TLS', async () => {
    const open = { secret: '', listen: { host: '0.0.0.0', port: 0 } };
    await expect(openTestLinks(n1, open)).rejects.toMatchObject({ code: 'INSECURE_LINKS' });
    const local = await openTestLinks(n1, { secret: '' });
    expect(() => local.setPeer(n2, { host: '192.0.2.1', port: 4100 })).toThrow(/secret/);
  });
});
