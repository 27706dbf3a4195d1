import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { Entry, LogIndex, Persist, Term } from '#consensus/core/types.ts';
import { openFileLog } from '#consensus/storage/file-log.ts';
import { NodeDisk } from '#consensus/storage/node-disk.ts';
import type { BenchRow } from './row.ts';

const cache = path.resolve(import.meta.dirname, '../../.cache');
const dataBytes = 200;
const runMs = 3000;
const appendsPerSecondMin = 20_000;

/** Durable appends to the log of one node, on the disk that the project lies on. */
export async function run(): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  for (const inFlight of [1, 64, 256]) {
    const { perSecond, medianMs, p99Ms } = await append(inFlight);
    const bound = inFlight === 256 ? appendsPerSecondMin : null;
    const note = `median ${medianMs.toFixed(2)} ms, p99 ${p99Ms.toFixed(2)} ms, ${dataBytes} bytes each`;
    rows.push({
      name: `durable appends, ${inFlight} in flight`,
      measured: perSecond,
      unit: '/s',
      bound,
      ok: bound === null || perSecond >= bound,
      note,
    });
  }
  return rows;
}

async function append(
  inFlight: number,
): Promise<{ readonly perSecond: number; readonly medianMs: number; readonly p99Ms: number }> {
  await mkdir(cache, { recursive: true });
  const folder = mkdtempSync(path.join(cache, 'bench-log-'));
  try {
    const { storage } = openFileLog({
      disk: new NodeDisk(folder),
      segmentBytesMax: 16 * 1024 * 1024,
      onFailure: (error) => {
        throw error;
      },
    });
    const latenciesMs: number[] = [];
    const endMs = performance.now() + runMs;
    let next = 1;
    const one = (done: () => void): void => {
      const startedMs = performance.now();
      if (startedMs >= endMs) return done();
      storage.persist(writeOf(next++), () => {
        latenciesMs.push(performance.now() - startedMs);
        one(done);
      });
    };
    await Promise.all(Array.from({ length: inFlight }, () => new Promise<void>(one)));
    await new Promise<void>((resolve) => storage.close(resolve));
    const sorted = latenciesMs.toSorted((a, b) => a - b);
    const at = (share: number): number => sorted[Math.floor(share * (sorted.length - 1))] ?? 0;
    return { perSecond: (1000 * sorted.length) / runMs, medianMs: at(0.5), p99Ms: at(0.99) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const data = new Uint8Array(dataBytes).fill(120);

function writeOf(sequence: number): Persist {
  const entry: Entry = { index: sequence as LogIndex, term: 1 as Term, kind: 'command', data };
  return { sequence, hardState: null, reset: null, truncateFrom: null, entries: [entry], compactTo: null };
}
