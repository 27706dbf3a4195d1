import { type ChildProcess, execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RaftMemberPlace, RaftOrder, RaftReport } from '#tests/support/raft-member.ts';
import { median, quantile } from '#tests/support/statistics.ts';
import { secondsOf } from './parameters.ts';
import type { BenchRow } from './row.ts';

const program = fileURLToPath(new URL('../support/raft-member.ts', import.meta.url));
const cache = resolve(import.meta.dirname, '../../.cache');
const members = ['n1', 'n2', 'n3'] as const;
const dataBytes = 64;
const inFlight = 256;
const perSecondMin = 20_000;
const warmUpMs = 2_000;
/** In memory a sync costs nothing, and the figure would mean nothing. */
const notDisks = new Set(['tmpfs', 'ramfs', 'devtmpfs', 'overlay']);

/** Proposals through three processes, each with its own log on a real disk: core, driver, file log and links, no graph. Half a minute. */
export async function run(): Promise<readonly BenchRow[]> {
  mkdirSync(cache, { recursive: true });
  const [type = '', device = ''] = execFileSync('findmnt', ['-n', '-o', 'FSTYPE,SOURCE', '-T', cache], {
    encoding: 'utf8',
  })
    .trim()
    .split(/\s+/);
  if (notDisks.has(type)) throw new Error(`${cache} lies on ${type}, which is no disk: clone the project to one`);
  const folder = mkdtempSync(join(cache, 'bench-proposals-'));
  const processes = members.map((id) => startMember({ id, folder: join(folder, id), members }));
  try {
    const { leader } = await meet(processes);
    await propose(leader, warmUpMs);
    const rows: BenchRow[] = [];
    for (const [count, bound] of [
      [1, null],
      [inFlight, perSecondMin],
    ] as const) {
      const { committed, tookMs, latenciesMs, cpuSeconds } = await propose(leader, secondsOf(10) * 1_000, count);
      const measured = (committed * 1_000) / tookMs;
      const latency = `median ${median(latenciesMs).toFixed(2)} ms, p99 ${quantile(latenciesMs, 0.99).toFixed(2)} ms`;
      const note = `${latency}; leader ${((cpuSeconds * 1_000) / tookMs).toFixed(2)} cores; logs on ${type} (${device})`;
      const name = `${dataBytes}-byte proposals, 3 processes, ${count} in flight`;
      rows.push({ name, measured, unit: '/s', bound, ok: bound === null || measured >= bound, note });
    }
    return rows;
  } finally {
    await Promise.all(processes.map(end));
    rmSync(folder, { recursive: true, force: true });
  }
}

function startMember(place: RaftMemberPlace): ChildProcess {
  return fork(program, [JSON.stringify(place)], { execArgv: ['--disable-warning=ExperimentalWarning'] });
}

async function meet(processes: readonly ChildProcess[]): Promise<{ readonly leader: ChildProcess }> {
  const reports = await Promise.all(processes.map((child) => next(child, 'listening')));
  const ports = Object.fromEntries(members.map((id, at) => [id, reports[at]?.port ?? 0]));
  const leading = Promise.any(processes.map(async (child) => next(child, 'leading').then(() => child)));
  for (const child of processes) child.send({ kind: 'peers', ports } satisfies RaftOrder);
  return { leader: await leading };
}

async function propose(
  leader: ChildProcess,
  forMs: number,
  count = inFlight,
): Promise<Extract<RaftReport, { kind: 'proposed' }>> {
  const done = next(leader, 'proposed');
  leader.send({ kind: 'propose', inFlight: count, dataBytes, forMs } satisfies RaftOrder);
  return done;
}

/** Rejects when the process ends first. */
async function next<Kind extends RaftReport['kind']>(
  child: ChildProcess,
  kind: Kind,
): Promise<Extract<RaftReport, { kind: Kind }>> {
  const ended = once(child, 'exit').then(() => {
    throw new Error('a member ended');
  });
  const isWanted = (report: RaftReport): report is Extract<RaftReport, { kind: Kind }> => report.kind === kind;
  for (;;) {
    const [report] = (await Promise.race([once(child, 'message'), ended])) as [RaftReport];
    if (isWanted(report)) return report;
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}
