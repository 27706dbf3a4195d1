/** Goal: a client that stops reading neither fills the memory of the node nor keeps its subscription. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { OperationEngine } from '../execution/operation-engine.ts';
import { readDeclarations } from '../read-declarations.ts';
import { MemoryNode } from '../testing/memory-node.ts';
import { recordingLog, schemaFolder } from '../testing/test-gateway.ts';
import { Access } from './access.ts';
import { RateLimit } from './rate-limit.ts';
import { SlowConsumers, behindMsMax } from './slow-consumers.ts';
import { WebSocketEndpoint } from './web-socket-endpoint.ts';

test('a client that stops reading is cut off, and nothing piles up for it until then', async () => {
  const read = readDeclarations(schemaFolder);
  const service = new MemoryNode(read.declarations);
  const log = recordingLog();
  let now = 0;
  const slowConsumers = new SlowConsumers(() => now);
  const limits = {
    requestBodyBytesMax: 1e6,
    queryDepthMax: 16,
    operationCostMax: 1e7,
    subscriptionsPerConnectionMax: 3,
    subscriptionsPerClientMax: 3,
    connectionsPerClientMax: 1,
    operationsPerSecondMax: 0,
  };
  const config = {
    listen: { host: '127.0.0.1', port: 0 },
    trustedNetwork: false,
    tokenRoles: null,
    jsonWebTokens: null,
    publicUrl: '',
    publicUrls: new Map(),
    timings: { readDeadlineMs: 1000 },
    limits,
  };
  const engine = new OperationEngine({ ...read, service, config, log });
  const endpoint = new WebSocketEndpoint({
    engine,
    log,
    access: new Access(config, log),
    rate: new RateLimit(limits),
    slowConsumers,
    messageBytesMax: 1e6,
    operationsPerConnectionMax: 3,
    connectionsPerClientMax: 1,
    nextRequestId: () => 'r',
  });
  const server = createServer();
  server.on('upgrade', (request, socket, head) => endpoint.accept(request, socket, head));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  const socket = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`, 'graphql-transport-ws');
  socket.on('error', () => {});
  await once(socket, 'open');
  socket.send(JSON.stringify({ type: 'connection_init' }));
  await once(socket, 'message');
  socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query: 'subscription { cluster { id } }' } }));
  await once(socket, 'message');
  socket.pause();

  const states = 50;
  for (let state = 0; state < states; state++) {
    service.showCluster({ ...service.cluster, id: `${state} ${'x'.repeat(4_000_000)}` });
    await new Promise((resolve) => setImmediate(resolve));
  }
  slowConsumers.sweep();
  now = behindMsMax;
  slowConsumers.sweep();
  await vi.waitFor(() => expect([endpoint.connections, engine.streams, service.watchers]).toEqual([0, 0, 0]), {
    timeout: 5_000,
  });
  const cutOff = log.lines.find((line) => line.level === 'warn');
  expect(cutOff?.message).toContain('does not read');
  // Some of 200 MB: the system's own buffers, and a result or two.
  expect(cutOff?.details).toMatchObject({
    unsentBytes: expect.toSatisfy((bytes: number) => bytes > 0 && bytes < 20_000_000),
  });
  socket.terminate();
  server.close();
});
