import { describe, expect, it } from 'vitest';
import { LiveConnection } from './live-connection.ts';
import type { SocketEvents, SocketRequest, SocketSink } from './live-connection.ts';

class HandDrivenNetwork {
  nowMs = 0;
  readonly opened: {
    origin: string;
    events: SocketEvents;
    terminated: boolean;
    sinks: [SocketRequest, SocketSink][];
  }[] = [];
  private waits: { atMs: number; act: () => void }[] = [];

  readonly open = (origin: string, events: SocketEvents) => {
    const one = { origin, events, terminated: false, sinks: [] as [SocketRequest, SocketSink][] };
    this.opened.push(one);
    return {
      subscribe: (request: SocketRequest, sink: SocketSink) => {
        one.sinks.push([request, sink]);
        return () => undefined;
      },
      terminate: () => {
        one.terminated = true;
        events.onClose();
      },
    };
  };

  readonly timers = {
    nowMs: () => this.nowMs,
    after: (ms: number, act: () => void) => {
      const wait = { atMs: this.nowMs + ms, act };
      this.waits.push(wait);
      return () => {
        this.waits = this.waits.filter((one) => one !== wait);
      };
    },
  };

  get last() {
    const one = this.opened.at(-1);
    if (one === undefined) throw new Error('no socket was opened');
    return one;
  }

  advance(ms: number): void {
    this.nowMs += ms;
    const due = this.waits.filter((wait) => wait.atMs <= this.nowMs);
    this.waits = this.waits.filter((wait) => wait.atMs > this.nowMs);
    for (const wait of due) wait.act();
  }
}

const three = ['n1', 'n2', 'n3'].map((id, place) => ({ id, publicUrl: `http://10.0.0.1:${4000 + place}` }));

function started() {
  const network = new HandDrivenNetwork();
  const connection = new LiveConnection({
    pageOrigin: 'http://10.0.0.1:4000',
    open: network.open,
    timers: network.timers,
  });
  connection.start();
  network.last.events.onOpen();
  connection.learn(three);
  return { network, connection };
}

describe('the live connection', () => {
  it('goes to the next node at once when its node goes away', () => {
    const { network, connection } = started();
    network.last.events.onClose();
    expect(network.last.origin).toBe('http://10.0.0.1:4001');
    expect(connection.state.get().kind).toBe('connecting');
    network.last.events.onOpen();
    expect(connection.state.get()).toMatchObject({ kind: 'live', endpoint: { nodeId: 'n2' } });
  });

  it('waits only after every node was tried, and longer each round up to a bound', () => {
    const { network, connection } = started();
    const waits: number[] = [];
    for (let round = 0; round < 8; round++) {
      for (let node = 0; node < 3; node++) network.last.events.onClose();
      const state = connection.state.get();
      if (state.kind !== 'waiting') throw new Error(`waiting expected, got ${state.kind}`);
      waits.push(state.retryAtMs - network.nowMs);
      network.advance(state.retryAtMs - network.nowMs);
    }
    expect(waits).toEqual([250, 500, 1000, 2000, 4000, 5000, 5000, 5000]);
  });

  it('takes its subscriptions along, from the last commit they saw', () => {
    const { network, connection } = started();
    const seen: unknown[] = [];
    connection.subscribe(
      { query: 'subscription', variables: { ids: ['a'] } },
      { next: (result) => seen.push(result.data), error: () => undefined, complete: () => undefined },
    );
    network.last.sinks[0]?.[1].next({ data: { entityChanged: { commit: { index: '7' } } } });
    network.last.events.onClose();
    network.last.events.onOpen();
    expect(network.last.sinks[0]?.[0].variables).toEqual({ ids: ['a'], fromCommit: '7' });
    expect(seen).toHaveLength(1);
  });

  it('does not listen to a socket that it has left', () => {
    const { network, connection } = started();
    const seen: unknown[] = [];
    connection.subscribe(
      { query: 'subscription', variables: {} },
      { next: (result) => seen.push(result.data), error: () => undefined, complete: () => undefined },
    );
    const old = network.last;
    connection.choose('n3');
    expect(old.terminated).toBe(true);
    old.sinks[0]?.[1].next({ data: {} });
    old.events.onOpen();
    expect(seen).toEqual([]);
    expect(connection.state.get()).toMatchObject({ kind: 'connecting', endpoint: { nodeId: 'n3' } });
  });

  it('hands on an error of the subscription itself and does not begin it again', () => {
    const { network, connection } = started();
    const errors: unknown[] = [];
    connection.subscribe(
      { query: 'subscription', variables: {} },
      { next: () => undefined, error: (error) => errors.push(error), complete: () => undefined },
    );
    network.last.sinks[0]?.[1].error([{ message: 'gone', extensions: { code: 'HISTORY_GONE' } }]);
    expect(errors).toHaveLength(1);
    network.last.events.onClose();
    network.last.events.onOpen();
    expect(network.last.sinks).toEqual([]);
  });

  it('leaves a node that accepts sockets but does not answer requests', () => {
    const { network, connection } = started();
    connection.reportUnreachable('http://10.0.0.1:4000');
    expect(network.last.origin).toBe('http://10.0.0.1:4001');
    connection.reportUnreachable('http://10.0.0.1:4000');
    expect(network.opened).toHaveLength(2);
  });
});
