import { createServer } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { LinkError } from './link-error.ts';
import type { Channel } from './links.ts';
import { openLinks } from './tcp-links.ts';
import { isOpen, n1, n2, n3, openPair, openTestLinks, until, untilOpen } from './testing-links.ts';

async function failureOf(promise: Promise<unknown>): Promise<LinkError> {
  const error = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (error instanceof LinkError) return error;
  throw new Error(`expected a LinkError, got ${String(error)}`);
}

describe('messages', () => {
  it('arrive once, in the order they were sent, whatever their size', async () => {
    const { a, b } = await openPair();
    const received: number[] = [];
    b.onMessage('raft', (_from, payload) => received.push((payload as { number: number }).number));
    for (let number = 0; number < 3_000; number += 1) {
      const size = number % 500 === 7 ? 300_000 : number % 40;
      expect(a.send(n2, 'raft', { number, data: new Uint8Array(size) })).toBe(true);
    }
    await until(() => received.length === 3_000, 'all messages arrived');
    expect(received).toEqual(Array.from({ length: 3_000 }, (_, number) => number));
  });

  it('go to the handler of their channel, with the node that sent them', async () => {
    const { a, b } = await openPair();
    const heard: unknown[] = [];
    for (const channel of ['raft', 'forward', 'fill', 'monitor'] as const) {
      b.onMessage(channel, (from, payload) => heard.push([channel, from, payload]));
    }
    a.send(n2, 'fill', 'x');
    a.send(n2, 'monitor', 'y');
    await until(() => heard.length === 2, 'both arrived');
    expect(heard).toEqual([
      ['fill', n1, 'x'],
      ['monitor', n1, 'y'],
    ]);
  });

  it('are dropped at once when the peer is unknown, not connected, or the frame too large', async () => {
    const { a } = await openPair({ limits: { frameBytesMax: 10_000 } });
    expect(a.send(n3, 'raft', 'x')).toBe(false);
    a.setPeer(n3, { host: '127.0.0.1', port: 1 });
    expect(a.send(n3, 'raft', 'x')).toBe(false);
    expect(a.send(n2, 'raft', new Uint8Array(10_001))).toBe(false);
    expect(a.send(n2, 'raft', new Uint8Array(9_000))).toBe(true);
  });
});

describe('requests', () => {
  it('are answered by the handler, many at once and each with its own answer', async () => {
    const { a, b } = await openPair();
    b.onRequest('forward', async (from, payload) => `${from} asked ${String(payload)}`);
    const answers = await Promise.all(
      Array.from({ length: 500 }, (_, number) => a.request(n2, 'forward', number, { timeoutMs: 5_000 })),
    );
    expect(answers).toEqual(Array.from({ length: 500 }, (_, number) => `n1 asked ${number}`));
  });

  it('fail with the code, message and details of the error that the handler threw', async () => {
    const { a, b } = await openPair();
    b.onRequest('fill', () =>
      Promise.reject(Object.assign(new Error('is behind'), { code: 'DATABASE_BEHIND', details: { index: 7 } })),
    );
    const failure = await failureOf(a.request(n2, 'fill', null, { timeoutMs: 5_000 }));
    expect(failure).toMatchObject({ kind: 'answered', code: 'DATABASE_BEHIND', details: { index: 7 }, failure: null });
    expect(failure.message).toContain('is behind');
    b.onRequest('fill', () => {
      throw new Error('before any promise');
    });
    expect((await failureOf(a.request(n2, 'fill', null, { timeoutMs: 5_000 }))).code).toBe('INTERNAL');
    expect((await failureOf(a.request(n2, 'forward', null, { timeoutMs: 5_000 }))).code).toBe('NO_HANDLER');
  });

  it('fail as a timeout when no answer comes, and the late answer is dropped', async () => {
    const { a, b } = await openPair();
    let answer: (value: unknown) => void = () => {};
    b.onRequest('forward', () => new Promise((resolve) => (answer = resolve)));
    const failure = await failureOf(a.request(n2, 'forward', 1, { timeoutMs: 30 }));
    expect(failure).toMatchObject({ kind: 'timeout', failure: { kind: 'timeout' } });
    answer('late');
    b.onRequest('forward', async () => 'in time');
    expect(await a.request(n2, 'forward', 2, { timeoutMs: 5_000 })).toBe('in time');
  });

  it('fail as closed, at once, when the peer goes away', async () => {
    const { a, b } = await openPair();
    let arrived = false;
    b.onRequest('forward', () => {
      arrived = true;
      return new Promise(() => {});
    });
    const failure = failureOf(a.request(n2, 'forward', 1, { timeoutMs: 60_000 }));
    await until(() => arrived, 'the request arrived');
    await b.close();
    expect(await failure).toMatchObject({ kind: 'closed', failure: { kind: 'closed' } });
  });

  it('fail as unsent when they never left', async () => {
    const { a } = await openPair({ limits: { frameBytesMax: 10_000, pendingRequestsMax: 1 } });
    expect(await failureOf(a.request(n3, 'forward', 1, { timeoutMs: 60_000 }))).toMatchObject({ kind: 'unsent' });
    const large = a.request(n2, 'forward', new Uint8Array(20_000), { timeoutMs: 60_000 });
    expect(await failureOf(large)).toMatchObject({ kind: 'unsent' });
    const first = failureOf(a.request(n2, 'forward', 1, { timeoutMs: 100 }));
    const second = await failureOf(a.request(n2, 'forward', 2, { timeoutMs: 60_000 }));
    expect(second).toMatchObject({ kind: 'unsent' });
    expect((await first).code).toBe('NO_HANDLER');
  });

  it('are refused beyond what a node serves at once', async () => {
    const { a, b } = await openPair({ limits: { servedRequestsMax: 2 } });
    const answers: ((value: unknown) => void)[] = [];
    b.onRequest('fill', () => new Promise((resolve) => answers.push(resolve)));
    const served = [a.request(n2, 'fill', 1, { timeoutMs: 5_000 }), a.request(n2, 'fill', 2, { timeoutMs: 5_000 })];
    await until(() => answers.length === 2, 'two are being served');
    expect((await failureOf(a.request(n2, 'fill', 3, { timeoutMs: 5_000 }))).code).toBe('OVERLOADED');
    for (const answer of answers) answer('done');
    expect(await Promise.all(served)).toEqual(['done', 'done']);
  });

  it('get an error instead of an answer that is larger than a frame', async () => {
    const { a, b } = await openPair({ limits: { frameBytesMax: 10_000 } });
    b.onRequest('fill', async () => new Uint8Array(20_000));
    expect((await failureOf(a.request(n2, 'fill', 1, { timeoutMs: 5_000 }))).code).toBe('TOO_LARGE');
  });
});

describe('cutting and unplugging', () => {
  const payloadChannels: readonly Channel[] = ['raft', 'forward', 'fill'];

  it('a cut drops all but monitoring, in its direction alone', async () => {
    const { a, b } = await openPair();
    const heard: string[] = [];
    for (const channel of [...payloadChannels, 'monitor'] as const) {
      a.onMessage(channel, (from) => heard.push(`${from}>n1 ${channel}`));
      b.onMessage(channel, (from) => heard.push(`${from}>n2 ${channel}`));
    }
    a.setCut(n2, true);
    for (const channel of payloadChannels) expect(a.send(n2, channel, 1)).toBe(false);
    for (const channel of payloadChannels) expect(b.send(n1, channel, 1)).toBe(true);
    expect(a.send(n2, 'monitor', 1)).toBe(true);
    await until(() => heard.length === 4, 'what may pass has passed');
    expect(heard.toSorted()).toEqual(['n1>n2 monitor', 'n2>n1 fill', 'n2>n1 forward', 'n2>n1 raft']);
    expect(a.states()).toMatchObject([{ to: n2, open: true, cut: true }]);
    a.setCut(n2, false);
    expect(a.send(n2, 'raft', 1)).toBe(true);
  });

  it('an unplugged node neither sends nor receives, but can be watched', async () => {
    const { a, b } = await openPair();
    const heard: string[] = [];
    b.onMessage('raft', () => heard.push('raft'));
    b.onMessage('monitor', () => heard.push('monitor'));
    b.setPlugged(false);
    expect(b.isPlugged()).toBe(false);
    expect(b.send(n1, 'raft', 1)).toBe(false);
    expect(await failureOf(b.request(n1, 'forward', 1, { timeoutMs: 60_000 }))).toMatchObject({ kind: 'unsent' });
    // The sender cannot know: what it sends is lost on receipt.
    expect(a.send(n2, 'raft', 1)).toBe(true);
    expect(a.send(n2, 'monitor', 1)).toBe(true);
    await until(() => heard.length > 0, 'something arrived');
    expect(heard).toEqual(['monitor']);
    b.setPlugged(true);
    a.send(n2, 'raft', 1);
    await until(() => heard.includes('raft'), 'the plug is in again');
  });

  it('an answer on a cut link is lost, as on a broken one', async () => {
    const { a, b } = await openPair();
    b.onRequest('forward', async () => 'heard');
    b.setCut(n1, true);
    expect(await failureOf(a.request(n2, 'forward', 1, { timeoutMs: 50 }))).toMatchObject({ kind: 'timeout' });
    expect(await b.request(n1, 'monitor', 1, { timeoutMs: 5_000 }).catch((error: LinkError) => error.code)).toBe(
      'NO_HANDLER',
    );
  });
});

describe('nodes that are not founded', () => {
  it('may use monitoring alone, until both are of one cluster, on the connections that are there', async () => {
    let clusterOfB: string | null = null;
    const a = await openTestLinks(n1);
    const b = await openTestLinks(n2, { clusterId: () => clusterOfB });
    a.setPeer(n2, b.address());
    b.setPeer(n1, a.address());
    await untilOpen(a, n2);
    await untilOpen(b, n1);
    const heard: string[] = [];
    for (const links of [a, b]) {
      for (const channel of ['raft', 'monitor'] as const) {
        links.onMessage(channel, (from) => heard.push(`${from}>${links.self} ${channel}`));
      }
    }
    expect(b.send(n1, 'raft', 1)).toBe(false);
    a.send(n2, 'raft', 1);
    a.send(n2, 'monitor', 1);
    b.send(n1, 'monitor', 1);
    await until(() => heard.length === 2, 'both monitoring messages arrived');
    expect(heard.toSorted()).toEqual(['n1>n2 monitor', 'n2>n1 monitor']);
    heard.length = 0;
    clusterOfB = 'cluster-a';
    expect(b.send(n1, 'raft', 1)).toBe(true);
    a.send(n2, 'raft', 1);
    await until(() => heard.length === 2, 'both are members now');
    expect(a.logged.filter((line) => line.message.includes('closed'))).toEqual([]);
  });

  it('are cut off when they turn out to be of another cluster', async () => {
    let clusterOfB: string | null = null;
    const a = await openTestLinks(n1);
    const b = await openTestLinks(n2, { clusterId: () => clusterOfB, peers: new Map([[n1, a.address()]]) });
    await untilOpen(b, n1);
    clusterOfB = 'cluster-b';
    b.send(n1, 'raft', 1);
    await until(() => b.logged.some((line) => line.code === 'WRONG_CLUSTER'), 'b was told');
    expect(isOpen(b, n1)).toBe(false);
  });
});

describe('connections', () => {
  it('come back by themselves after the peer was away, also under another address', async () => {
    const { a, b } = await openPair();
    const address = b.address();
    await b.close();
    await until(() => !isOpen(a, n2), 'a noticed');
    const again = await openTestLinks(n2, { listen: address, peers: new Map([[n1, a.address()]]) });
    await untilOpen(a, n2);
    await again.close();
    const elsewhere = await openTestLinks(n2, { peers: new Map([[n1, a.address()]]) });
    a.setPeer(n2, elsewhere.address());
    await untilOpen(a, n2);
    const heard: unknown[] = [];
    elsewhere.onMessage('raft', (_from, payload) => heard.push(payload));
    a.send(n2, 'raft', 'hello again');
    await until(() => heard.length === 1, 'the message arrived');
  });

  it('tell at once that the peer is gone', async () => {
    const { a, b } = await openPair();
    const gone: string[] = [];
    a.onClosed((peer) => gone.push(peer));
    const startMs = performance.now();
    await b.close();
    await until(() => gone.length === 2, 'both connections were reported');
    expect(gone).toEqual([n2, n2]);
    expect(performance.now() - startMs).toBeLessThan(1_000);
    expect(a.states()).toMatchObject([{ to: n2, open: false, roundTripMs: null }]);
  });

  it('are not dialled in a spin while nobody listens', async () => {
    let attempts = 0;
    const doorman = createServer((socket) => {
      attempts += 1;
      socket.resetAndDestroy();
    });
    await new Promise<void>((resolve) => doorman.listen(0, '127.0.0.1', () => resolve()));
    onTestFinished(() => void doorman.close());
    const address = doorman.address();
    if (address === null || typeof address === 'string') throw new Error('the doorman has no port');
    const startMs = performance.now();
    await openTestLinks(n1, { peers: new Map([[n2, { host: '127.0.0.1', port: address.port }]]) });
    await until(() => attempts >= 5, 'five attempts');
    // 10 + 20 + 40 + 80 ms are the shortest pauses before the fifth.
    expect(performance.now() - startMs).toBeGreaterThanOrEqual(145);
  });

  it('measure the round trip', async () => {
    const { a } = await openPair({ limits: { pingIntervalMs: 20 } });
    await until(() => typeof a.states()[0]?.roundTripMs === 'number', 'a round trip was measured');
    expect(a.states()[0]?.roundTripMs).toBeLessThan(1_000);
  });

  it('are at most one from each peer: a new one takes the place of the old', async () => {
    const b = await openTestLinks(n2);
    const first = await openTestLinks(n1, { peers: new Map([[n2, b.address()]]) });
    await untilOpen(first, n2);
    const second = await openTestLinks(n1, { peers: new Map([[n2, b.address()]]) });
    await untilOpen(second, n2);
    await until(() => first.logged.some((line) => line.message.includes('closed')), 'the first was closed');
  });

  it('name the address that is taken', async () => {
    const b = await openTestLinks(n2);
    await expect(openTestLinks(n1, { listen: b.address() })).rejects.toMatchObject({
      code: 'EADDRINUSE',
      message: expect.stringContaining(String(b.address().port)),
    });
  });

  it('tell whose schema differs', async () => {
    const { a, b } = await openPair();
    expect(a.schemaDigests().get(n2)).toBe('schema of n2');
    expect(b.schemaDigests().get(n1)).toBe('schema of n1');
  });

  it('can be closed twice, and while dialling', async () => {
    const links = await openLinks({
      self: n1,
      clusterId: () => null,
      schemaDigest: '',
      secret: '',
      listen: { host: '127.0.0.1', port: 0 },
      peers: new Map([[n2, { host: '127.0.0.1', port: 1 }]]),
      log: { info: () => {}, warn: () => {} },
    });
    await links.close();
    await links.close();
    expect(links.send(n2, 'monitor', 1)).toBe(false);
  });
});
