import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { createGunzip } from 'node:zlib';
import { UsageError } from './cluster-plan.ts';

/** A graph of people and friendships. `friendships` holds two numbers an edge: places in `people`. */
export interface EdgeList {
  /** Each person's number in the file, as written there. */
  readonly people: readonly string[];
  readonly friendships: Uint32Array;
  /** Lines that repeat an edge, in either direction. */
  readonly repeated: number;
}

export const edgesMax = 50_000_000;
const edgeLine = /^(\d{1,16})[ \t]+(\d{1,16})$/;

/**
 * Reads a whole file of `u v` pairs, a friendship a line, `#` before a comment, gzip when the name ends in `.gz`. The whole of it
 * is checked before anything is sent: a broken line is a UsageError with its number.
 */
export async function readEdgeList(file: string): Promise<EdgeList> {
  const places = new Map<string, number>();
  const people: string[] = [];
  const placeOf = (person: string): number => {
    const known = places.get(person);
    if (known !== undefined) return known;
    places.set(person, people.length);
    people.push(person);
    return people.length - 1;
  };
  const seen = new Set<number>();
  const edges: number[] = [];
  let repeated = 0;
  let lineNumber = 0;
  for await (const line of linesOf(file)) {
    lineNumber += 1;
    const text = line.trim();
    if (text === '' || text.startsWith('#')) continue;
    const [, first, second] = edgeLine.exec(text) ?? [];
    if (first === undefined || second === undefined) {
      throw broken(file, lineNumber, `expected two numbers, found ${JSON.stringify(text.slice(0, 60))}`);
    }
    if (first === second) throw broken(file, lineNumber, `a person cannot be a friend of themselves (${first})`);
    const a = placeOf(first);
    const b = placeOf(second);
    const edge = Math.min(a, b) * 2 ** 26 + Math.max(a, b);
    if (seen.has(edge)) {
      repeated += 1;
      continue;
    }
    seen.add(edge);
    edges.push(a, b);
    if (edges.length > edgesMax * 2) throw broken(file, lineNumber, `more than ${edgesMax} edges`);
  }
  if (edges.length === 0) throw new UsageError(`${file} holds no edges. Nothing was imported.`);
  return { people, friendships: Uint32Array.from(edges), repeated };
}

function broken(file: string, lineNumber: number, what: string): UsageError {
  return new UsageError(`${file}, line ${lineNumber}: ${what}. Nothing was imported.`);
}

/** Of a text file, gzip when the name ends in `.gz`. Throws UsageError where it cannot be read. */
export async function* linesOf(file: string): AsyncGenerator<string> {
  const raw = createReadStream(file);
  const input = file.endsWith('.gz') ? raw.pipe(createGunzip()) : raw;
  // Errors of either stream end the reader's loop; readline alone would wait for ever.
  const failed = new Promise<never>((_, reject) => {
    raw.on('error', reject);
    input.on('error', reject);
  });
  failed.catch(() => undefined);
  const lines = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await Promise.race([lines.next(), failed]);
      if (next.done) return;
      yield next.value;
    }
  } catch (error) {
    throw error instanceof UsageError
      ? error
      : new UsageError(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}
