import { createConnection } from 'node:net';
import type { Socket } from 'node:net';
import { onTestFinished, vi } from 'vitest';
import type { NodeId } from '../core/types.ts';
import type { LinkLog } from './link-log.ts';
import type { TcpLinks, TcpLinksOptions } from './tcp-links.ts';
import { openLinks } from './tcp-links.ts';
import type { Address } from './sockets.ts';

/** Links on real sockets of this machine, for the tests of this room; closed when the test is over. */
export interface TestLinks extends TcpLinks {
  readonly logged: readonly { readonly code: unknown; readonly message: string }[];
}

export const n1 = 'n1' as NodeId;
export const n2 = 'n2' as NodeId;
export const n3 = 'n3' as NodeId;

export async function openTestLinks(self: NodeId, changes: Partial<TcpLinksOptions> = {}): Promise<TestLinks> {
  const logged: { code: unknown; message: string }[] = [];
  const write = (fields: object, message: string): void => {
    logged.push({ code: 'code' in fields ? fields.code : null, message });
  };
  const log: LinkLog = { info: write, warn: write };
  const links = await openLinks({
    self,
    clusterId: () => 'cluster-a',
    schemaDigest: `schema of ${self}`,
    secret: 'the secret',
    listen: { host: '127.0.0.1', port: 0 },
    peers: new Map(),
    log,
    ...changes,
  });
  onTestFinished(() => links.close());
  return Object.assign(links, { logged });
}

/** Two nodes that know each other, both links open. */
export async function openPair(
  changes: Partial<TcpLinksOptions> = {},
): Promise<{ readonly a: TestLinks; readonly b: TestLinks }> {
  const a = await openTestLinks(n1, changes);
  const b = await openTestLinks(n2, changes);
  a.setPeer(n2, b.address());
  b.setPeer(n1, a.address());
  await untilOpen(a, n2);
  await untilOpen(b, n1);
  return { a, b };
}

export function isOpen(links: TcpLinks, to: NodeId): boolean {
  return links.states().some((state) => state.to === to && state.open);
}

export async function untilOpen(links: TcpLinks, to: NodeId): Promise<void> {
  await until(() => isOpen(links, to), `${links.self} → ${to} is open`);
}

export async function until(condition: () => boolean, what: string): Promise<void> {
  await vi.waitFor(
    () => {
      if (!condition()) throw new Error(`still waiting until ${what}`);
    },
    { timeout: 8_000, interval: 5 },
  );
}

/** A socket of no node. */
export interface Stranger {
  readonly socket: Socket;
  readonly closed: () => boolean;
}

export async function stranger(address: Address): Promise<Stranger> {
  let closed = false;
  const socket = createConnection(address);
  onTestFinished(() => void socket.destroy());
  socket.on('data', () => {});
  socket.on('error', () => {});
  socket.on('close', () => {
    closed = true;
  });
  await new Promise<void>((resolve) => socket.once('connect', () => resolve()));
  return { socket, closed: () => closed };
}
