// `npm run test:faults`: five real nodes under load and faults, then everything is judged. Options: --minutes M or --seconds S (default 3
// minutes), --seed S, --nodes N, --every SECONDS, --kinds kill,pause,…, --json. A seed gives the same faults; processes and networks
// are real, so what comes of them may differ.
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { type FaultKind, faultKinds } from './fault-kinds.ts';
import { kindsPossible, runFaults } from './fault-run.ts';
import { isIsolated, isolationMissing, prepareIsolation, runIsolated } from './isolation.ts';
import { judgeRun } from './judge-run.ts';
import { PrivateNet } from './private-net.ts';
import { SmallDisks } from './small-disks.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string' },
    seconds: { type: 'string' },
    every: { type: 'string', default: '5' },
    seed: { type: 'string' },
    nodes: { type: 'string', default: '5' },
    kinds: { type: 'string' },
    /** `skip-fdatasync`: disks that lie, to see the judges find it. */
    disk: { type: 'string' },
    /** A file for the history of a run, for whoever wants to look into one that failed. */
    history: { type: 'string' },
    json: { type: 'boolean', default: false },
    'no-isolation': { type: 'boolean', default: false },
  },
});
/** The exit code of a run that was told to stop: it has judged nothing. */
const stopped = 130;

const missing = values['no-isolation'] ? 'switched off by --no-isolation' : isolationMissing();
if (missing === null && !isIsolated()) {
  process.exitCode = await runIsolated(import.meta.filename, process.argv.slice(2));
} else {
  process.exitCode = await main(missing);
}

async function main(withoutIsolation: string | null): Promise<number> {
  const seed = Number(values.seed ?? Date.now() % 2 ** 31);
  const nodes = Number(values.nodes);
  const totalMs = values.seconds === undefined ? Number(values.minutes ?? 3) * 60_000 : Number(values.seconds) * 1_000;
  if (![seed, nodes, totalMs].every((value) => Number.isFinite(value) && value > 0) || nodes < 3 || nodes > 9)
    throw new Error('--seed, --minutes and --seconds are numbers above 0, --nodes is 3 to 9');
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  say(`seed ${seed}: ${nodes} nodes, ${totalMs / 1_000} s, a fault every ${values.every} s`);
  const stop = new AbortController();
  endOnSignal(stop, say);
  if (withoutIsolation === null) prepareIsolation();
  const ids = Array.from({ length: nodes }, (_, at) => `n${at + 1}`);
  const net = withoutIsolation === null ? new PrivateNet(ids) : null;
  const disks = withoutIsolation === null ? new SmallDisks() : null;
  const possible = kindsPossible({ net, disks });
  const wanted = values.kinds === undefined ? faultKinds : readKinds(values.kinds);
  for (const kind of wanted.filter((each) => !possible.includes(each)))
    say(`left out: ${kind}: ${withoutIsolation ?? 'this kernel has neither netem nor random drops'}`);
  const kinds = wanted.filter((kind) => possible.includes(kind));
  const everyMs = Number(values.every) * 1_000;
  const diskFaults = values.disk === undefined ? [] : values.disk.split(',');
  const run = { seed, nodes, totalMs, everyMs, net, disks, diskFaults, kinds, signal: stop.signal, say };
  const report = await runFaults(run).catch((error: unknown) => {
    if (stop.signal.aborted) return null;
    throw error;
  });
  if (report === null) return stopped;
  if (values.history !== undefined) writeFileSync(values.history, JSON.stringify(report.history));
  const judged = judgeRun(report);
  if (values.json) process.stdout.write(`${JSON.stringify({ seed, ...judged })}\n`);
  else process.stdout.write(`${judged.lines.join('\n')}\n`);
  if (judged.failures.length > 0) say(`FAILED, seed ${seed}: ${judged.failures.join('; ')}`);
  return judged.failures.length === 0 ? 0 : 1;
}

function readKinds(text: string): readonly FaultKind[] {
  return text.split(',').map((name) => {
    const kind = faultKinds.find((each) => each === name);
    if (kind === undefined) throw new Error(`a fault is one of ${faultKinds.join(', ')}, not '${name}'`);
    return kind;
  });
}

/** What was begun is healed and stopped in order; a second signal ends the run at once, and the kernel clears up. */
function endOnSignal(stop: AbortController, say: (line: string) => void): void {
  const end = (reason: string): void => {
    if (stop.signal.aborted) process.exit(1);
    say(`${reason}: stopping`);
    stop.abort(new Error(reason));
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => end(signal));
  if (!process.connected) return;
  process.on('message', (signal) => end(String(signal)));
  process.once('disconnect', () => process.exit(1));
  process.channel?.unref();
}
