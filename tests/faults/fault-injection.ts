import { rmSync, writeFileSync } from 'node:fs';
import type { NodeProcess } from '#server/command-line/node-process.ts';
import { ask, type TestCluster } from '#tests/support/cluster-process.ts';
import type { Fault, FaultKind } from './fault-kinds.ts';
import type { PrivateNet } from './private-net.ts';
import type { SmallDisks } from './small-disks.ts';

/** What faults act on. */
export interface Stage {
  readonly cluster: TestCluster;
  readonly net: PrivateNet | null;
  readonly disks: SmallDisks | null;
  /** Nodes that must not be started before their fault is over. */
  readonly keptDown: Set<string>;
}

/** Ends the fault. May be called when the node has been restarted since. */
export type Heal = () => void | Promise<void>;

/** An operator's request to a node that is stopped is given up after this. */
const operatorTimeoutMs = 1_500;

/** The file that says how slow the node's log is: see `slow-sync` of `withDiskFaults`. */
export const slowFile = (nodeFolder: string): string => `${nodeFolder}.slow-sync`;

export const netFaults: readonly FaultKind[] = ['net-one-way', 'net-split', 'net-down', 'net-loss'];

export async function inject(fault: Fault, stage: Stage): Promise<Heal> {
  const { cluster } = stage;
  switch (fault.kind) {
    case 'kill':
      return kill(stage, fault.nodes);
    case 'kill-all':
      return kill(
        stage,
        cluster.nodes.map(({ options }) => options.id),
      );
    case 'pause':
      return signalEach(nodesOf(cluster, fault.nodes), { now: 'SIGSTOP', atTheEnd: 'SIGCONT' });
    case 'unplug':
      return switchEach(nodesOf(cluster, fault.nodes));
    case 'cut-link':
      await setLink(cluster.node(fault.from), { ...fault, connected: false });
      return () => setLink(cluster.node(fault.from), { ...fault, connected: true });
    case 'transfer':
      await operate(await cluster.leader(), 'mutation ($to: ID!) { transferLeadership(to: $to) { term } }', fault);
      return () => {};
    case 'slow-disk':
      return slowDown(nodesOf(cluster, fault.nodes), String(fault.delayMs));
    case 'hung-disk':
      return slowDown(nodesOf(cluster, [fault.node]), 'hang');
    case 'full-disk':
      return fillDisks(needed(stage.disks, fault), fault.nodes);
    case 'net-one-way':
    case 'net-split':
    case 'net-down':
    case 'net-loss':
      return breakNet(needed(stage.net, fault), cluster, fault);
  }
}

function kill({ cluster, keptDown }: Stage, ids: readonly string[]): Heal {
  for (const id of ids) {
    keptDown.add(id);
    cluster.node(id).signal('SIGKILL');
  }
  return () => {
    for (const id of ids) {
      keptDown.delete(id);
      const node = cluster.node(id);
      if (!node.running) node.start();
    }
  };
}

function signalEach(
  nodes: readonly NodeProcess[],
  signals: { readonly now: NodeJS.Signals; readonly atTheEnd: NodeJS.Signals },
): Heal {
  for (const node of nodes) node.signal(signals.now);
  return () => {
    for (const node of nodes) node.signal(signals.atTheEnd);
  };
}

async function switchEach(nodes: readonly NodeProcess[]): Promise<Heal> {
  for (const node of nodes) await setPlugged(node, false);
  return async () => {
    for (const node of nodes) await setPlugged(node, true);
  };
}

/** Asked of the node itself: others may not reach it. */
export function setPlugged(node: NodeProcess, plugged: boolean): Promise<void> {
  const document = 'mutation ($node: ID!, $plugged: Boolean!) { setPlugged(node: $node, plugged: $plugged) { id } }';
  return operate(node, document, { node: node.options.id, plugged });
}

export function setLink(
  node: NodeProcess,
  { from, to, connected }: { readonly from: string; readonly to: string; readonly connected: boolean },
): Promise<void> {
  const document =
    'mutation ($from: ID!, $to: ID!, $connected: Boolean!) { setLink(from: $from, to: $to, connected: $connected) { id } }';
  return operate(node, document, { from, to, connected });
}

async function operate(node: NodeProcess, document: string, variables: object): Promise<void> {
  const { errors } = await ask(node.url, document, { ...variables }, { timeoutMs: operatorTimeoutMs });
  if (errors) throw new Error(errors.map(({ message }) => message).join('; '));
}

function slowDown(nodes: readonly NodeProcess[], text: string): Heal {
  for (const node of nodes) writeFileSync(slowFile(node.folder), text);
  return () => {
    for (const node of nodes) rmSync(slowFile(node.folder), { force: true });
  };
}

function fillDisks(disks: SmallDisks, ids: readonly string[]): Heal {
  for (const id of ids) disks.fill(id);
  return () => {
    for (const id of ids) disks.free(id);
  };
}

function breakNet(net: PrivateNet, cluster: TestCluster, fault: Extract<Fault, { kind: `net-${string}` }>): Heal {
  if (fault.kind === 'net-one-way') return silence(net, [[fault.from, fault.to]]);
  if (fault.kind === 'net-split') {
    const others = cluster.nodes.map(({ options }) => options.id).filter((id) => !fault.nodes.includes(id));
    const pairs = fault.nodes.flatMap((one) => others.map((other) => [one, other] as const));
    return silence(net, [...pairs, ...pairs.map(([one, other]) => [other, one] as const)]);
  }
  const down = fault.kind === 'net-down';
  for (const id of fault.nodes)
    if (down) net.pull(id);
    else net.lose(id, fault.percent);
  return () => {
    for (const id of fault.nodes)
      if (down) net.plugIn(id);
      else net.loseNothing(id);
  };
}

function silence(net: PrivateNet, pairs: readonly (readonly [string, string])[]): Heal {
  for (const [from, to] of pairs) net.silence(from, to);
  return () => {
    for (const [from, to] of pairs) net.restore(from, to);
  };
}

function nodesOf(cluster: TestCluster, ids: readonly string[]): readonly NodeProcess[] {
  return ids.map((id) => cluster.node(id));
}

function needed<Thing>(thing: Thing | null, fault: Fault): Thing {
  if (thing === null) throw new Error(`${fault.kind} cannot be done here`);
  return thing;
}
