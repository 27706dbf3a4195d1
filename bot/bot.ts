import { base, en, Faker } from '@faker-js/faker';
import { v7 as uuidv7 } from 'uuid';
import { type Action, KnownGraph, nextAction } from './actions.ts';
import { GraphClient, NoAnswer, RequestRefused } from './graph-client.ts';

export interface BotOptions {
  readonly urls: readonly string[];
  /** Mutations a second. */
  readonly rate: number;
  readonly seed: number;
  /** How many to send; null: until stopped. */
  readonly count: number | null;
  readonly signal: AbortSignal;
  readonly onProgress?: (counters: BotCounters) => void;
}

/** Invariant at the end: sent = committed + refused + unanswered. */
export interface BotCounters {
  sent: number;
  committed: number;
  /** The graph said no: the person had left, the handle was taken. */
  refused: number;
  /** Sent again under the same key, to the same or another node. */
  retried: number;
  /** Answered from the record of an earlier try: each would have been a doubled mutation without its key. */
  replayed: number;
  /** No final answer within `patienceMs`. */
  unanswered: number;
}

const inFlightMax = 64;
const requestTimeoutMs = 5_000;
const patienceMs = 60_000;
const progressEveryMs = 1_000;

/** People who join, befriend, post, like, edit and leave, at a rate, through any node. Resolves when `count` is done or it is stopped. */
export async function runBot(options: BotOptions): Promise<BotCounters> {
  const counters: BotCounters = { sent: 0, committed: 0, refused: 0, retried: 0, replayed: 0, unanswered: 0 };
  const client = new GraphClient({
    urls: options.urls,
    requestTimeoutMs,
    patienceMs,
    onRetry: () => {
      counters.retried += 1;
    },
  });
  const faker = new Faker({ locale: [en, base], seed: options.seed });
  const known = new KnownGraph();
  await meetPeople(client, known, options.signal);
  const inFlight = new Set<Promise<void>>();
  const startedAt = performance.now();
  let reportedAt = startedAt;
  while (!options.signal.aborted && (options.count === null || counters.sent < options.count)) {
    const dueAt = startedAt + (counters.sent * 1000) / options.rate;
    await waitUntil(dueAt, options.signal);
    if (options.signal.aborted) break;
    if (inFlight.size >= inFlightMax) await Promise.race(inFlight);
    counters.sent += 1;
    const work = act(client, nextAction(faker, known), { known, counters, signal: options.signal });
    inFlight.add(work);
    void work.finally(() => inFlight.delete(work));
    if (performance.now() - reportedAt > progressEveryMs) {
      reportedAt = performance.now();
      options.onProgress?.(counters);
    }
  }
  await Promise.all(inFlight);
  return counters;
}

interface Surroundings {
  readonly known: KnownGraph;
  readonly counters: BotCounters;
  readonly signal: AbortSignal;
}

async function act(client: GraphClient, action: Action, { known, counters, signal }: Surroundings): Promise<void> {
  try {
    // The key is made once, before the first try: whatever happens to nodes and answers, the mutation takes effect once.
    const input = { ...action.input, idempotencyKey: uuidv7() };
    const { data } = await client.request(action.document, { input }, signal);
    counters.committed += 1;
    if (data) {
      action.learn(data, known);
      if (wasReplayed(data)) counters.replayed += 1;
    }
  } catch (error) {
    if (error instanceof RequestRefused) {
      counters.refused += 1;
      forgetWhatIsGone(error, action, known);
    } else if (error instanceof NoAnswer) {
      counters.unanswered += 1;
    } else {
      throw error;
    }
  }
}

/** Someone else may have deleted what the bot remembers; asking for it for ever would be no traffic worth having. */
function forgetWhatIsGone(error: RequestRefused, action: Action, known: KnownGraph): void {
  if (error.code !== 'NOT_FOUND') return;
  for (const id of Object.values(action.input)) {
    if (typeof id !== 'string') continue;
    known.forgetPerson(id);
    known.forgetStatus(id);
  }
}

function wasReplayed(data: Readonly<Record<string, unknown>>): boolean {
  const commit: unknown =
    typeof data['result'] === 'object' && data['result'] !== null && Reflect.get(data['result'], 'commit');
  return typeof commit === 'object' && commit !== null && Reflect.get(commit, 'replayed') === true;
}

/** The bot goes on with the people who are there. A graph that cannot be read yet is waited for, as long as a mutation would be. */
async function meetPeople(client: GraphClient, known: KnownGraph, signal: AbortSignal): Promise<void> {
  const query = '{ randomUsers(count: 200) { id } randomStatuses(count: 400) { id } }';
  const { data } = await client.request(query, {}, signal);
  for (const id of idsIn(data?.['randomUsers'])) known.addPerson(id);
  for (const id of idsIn(data?.['randomStatuses'])) known.addStatus(id);
}

function idsIn(list: unknown): string[] {
  if (!Array.isArray(list)) return [];
  return list.flatMap((item: unknown) => {
    const id: unknown = typeof item === 'object' && item !== null ? Reflect.get(item, 'id') : null;
    return typeof id === 'string' ? [id] : [];
  });
}

async function waitUntil(time: number, signal: AbortSignal): Promise<void> {
  const milliseconds = time - performance.now();
  if (milliseconds <= 1 || signal.aborted) return;
  await new Promise<void>((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    signal.addEventListener('abort', done, { once: true });
  });
}
