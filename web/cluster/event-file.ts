import { EventLog, EVENTS_MAX } from './event-log.ts';
import type { Stretch } from './event-log.ts';

const FORMAT = 'instaface-events';
const VERSION = 1;
const KINDS: ReadonlySet<unknown> = new Set([
  'RoleEvent',
  'VoteEvent',
  'MessageEvent',
  'CommitEvent',
  'CacheEvent',
  'LinkEvent',
  'DatabaseEvent',
]);

/** A recording as text, to be read by `readRecording`. */
export function writeRecording(log: EventLog): string {
  return JSON.stringify({ format: FORMAT, version: VERSION, stretches: log.stretches() });
}

/** The recording that `text` holds, or why it is none, as a sentence. */
export function readRecording(text: string): { readonly log: EventLog } | { readonly problem: string } {
  const parsed = parse(text);
  if (parsed === undefined) return { problem: 'This is no JSON.' };
  if (!isRecord(parsed) || parsed['format'] !== FORMAT) return { problem: 'This is no recording of a cluster.' };
  const { version, stretches } = parsed;
  if (version !== VERSION) return { problem: `This recording is of version ${String(version)}; ${VERSION} is wanted.` };
  if (!Array.isArray(stretches) || !stretches.every(isStretch))
    return { problem: 'Parts of this recording are missing.' };
  const events: readonly unknown[] = stretches.flatMap((stretch) => stretch.events);
  if (events.length === 0) return { problem: 'This recording is empty.' };
  if (events.length > EVENTS_MAX) {
    return { problem: `This recording holds ${events.length} events; ${EVENTS_MAX} at most can be shown.` };
  }
  const wrong = events.findIndex((one) => !isRecorded(one));
  if (wrong >= 0) return { problem: `Event ${wrong + 1} of this recording is none.` };
  return { log: EventLog.of(stretches) };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Its events are looked at one by one. */
function isStretch(value: unknown): value is Stretch {
  if (!isRecord(value) || !Array.isArray(value['events']) || !isRecord(value['base'])) return false;
  const { nodes, links, database, commits } = value['base'];
  return (
    Array.isArray(nodes) && nodes.every(isRecord) && Array.isArray(links) && isRecord(database) && isRecord(commits)
  );
}

function isRecorded(value: unknown): boolean {
  if (!isRecord(value) || typeof value['atMs'] !== 'number' || !isRecord(value['event'])) return false;
  const { __typename, source, incarnation, sequence, term } = value['event'];
  const isNamed = typeof source === 'string' && typeof incarnation === 'string';
  return (
    KINDS.has(__typename) && isNamed && isWhole(sequence) && typeof term === 'number' && hasIndexes(value['event'])
  );
}

function hasIndexes(event: Record<string, unknown>): boolean {
  if (event['__typename'] === 'CommitEvent') return isWhole(event['index']);
  return event['__typename'] !== 'DatabaseEvent' || isWhole(event['materializedIndex']);
}

function isWhole(value: unknown): boolean {
  return typeof value === 'string' && /^\d{1,20}$/.test(value);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
