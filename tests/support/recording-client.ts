import { closeSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs';
import { v7 as uuidv7 } from 'uuid';
import { GraphClient } from '#bot/graph-client.ts';
import { type Answer, askUntilAnswered } from './cluster-process.ts';
import { KeepAlivePost } from './keep-alive-post.ts';

/**
 * A client whose word can be trusted after a disaster: it writes each key to a file of its own before it sends the mutation, and each
 * answer when it has it. Statuses are what it writes, since nothing in the graph would stop a second one with the same text: a
 * doubled mutation shows.
 */
export interface RecordingClientOptions {
  readonly urls: readonly string[];
  readonly author: string;
  readonly journal: string;
  readonly inFlight: number;
  readonly requestTimeoutMs: number;
  /** Between the mutations of a worker; default: none. */
  readonly pauseMs?: number;
}

interface Line {
  readonly key: string;
  /** Present on the line that the answer made. */
  readonly id?: string;
  readonly atMs?: number;
}

interface Posted {
  readonly postStatus: { readonly status: { readonly id: string } } | null;
}

const post = `mutation Post($input: PostStatusInput!) { postStatus(input: $input) { status { id } commit { index } } }`;

export class RecordingClient {
  readonly #options: RecordingClientOptions;
  readonly #file: number;
  #stopped = false;
  #turn = 0;
  #avoided: string | null = null;
  readonly #workers: Promise<void>[] = [];
  readonly #posts = new KeepAlivePost();
  /** When each acknowledgement arrived, `performance.now()`. */
  readonly acknowledgedAtMs: number[] = [];
  /** Why requests were sent again: their errors, or that there was no answer. */
  readonly failedAttempts: string[] = [];

  constructor(options: RecordingClientOptions) {
    this.#options = options;
    this.#file = openSync(options.journal, 'a');
  }

  /** Nothing new is sent there, as by a client that was told that the node is cut off; null: all are well again. */
  avoid(url: string | null): void {
    this.#avoided = url;
  }

  start(): void {
    for (let worker = 0; worker < this.#options.inFlight; worker += 1) this.#workers.push(this.#work());
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#workers);
    this.#posts.close();
    fsyncSync(this.#file);
    closeSync(this.#file);
  }

  async #work(): Promise<void> {
    while (!this.#stopped) {
      const key = uuidv7();
      writeSync(this.#file, `${JSON.stringify({ key } satisfies Line)}\n`);
      const id = await this.#postUntilAnswered(key);
      if (id === null) continue;
      const atMs = performance.now();
      writeSync(this.#file, `${JSON.stringify({ key, id, atMs } satisfies Line)}\n`);
      this.acknowledgedAtMs.push(atMs);
      if (this.#options.pauseMs) await pause(this.#options.pauseMs);
    }
  }

  /** The same key, to one node after the other, until one answers; null when the client was stopped first. */
  async #postUntilAnswered(key: string): Promise<string | null> {
    while (!this.#stopped) {
      const url = this.#nextUrl();
      const id = await this.#postOnce(url, key);
      if (id !== null) return id;
      await pause(10);
    }
    return null;
  }

  async #postOnce(url: string, key: string): Promise<string | null> {
    const { author, requestTimeoutMs } = this.#options;
    const body = JSON.stringify({ query: post, variables: { input: { author, text: key, idempotencyKey: key } } });
    try {
      const { data, errors } = (await this.#posts.send(`${url}/graphql`, body, requestTimeoutMs)) as Answer<Posted>;
      const id = data?.postStatus?.status.id ?? null;
      if (id === null) this.failedAttempts.push(errors?.[0]?.message ?? 'an answer without a status');
      return id;
    } catch (error) {
      this.failedAttempts.push(error instanceof Error ? error.message : String(error));
      return null;
    }
  }

  #nextUrl(): string {
    const urls = this.#options.urls.filter((url) => url !== this.#avoided);
    return urls[this.#turn++ % urls.length] ?? '';
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });
}

export interface Journal {
  /** Key → the id it was answered with; null: no answer came. */
  readonly keys: ReadonlyMap<string, string | null>;
  readonly acknowledged: number;
}

export function readJournal(file: string): Journal {
  const keys = new Map<string, string | null>();
  for (const text of readFileSync(file, 'utf8').split('\n')) {
    if (text === '') continue;
    const line = JSON.parse(text) as Line;
    keys.set(line.key, line.id ?? keys.get(line.key) ?? null);
  }
  return { keys, acknowledged: [...keys.values()].filter((id) => id !== null).length };
}

export function createAuthor(url: string): Promise<string> {
  return createUser([url], { handle: `author.${uuidv7().slice(-12)}`, name: 'An author' });
}

/** Tried again under one key, so that a test does not fail before it has begun. */
export async function createUser(
  urls: readonly string[],
  user: { readonly handle: string; readonly name: string },
): Promise<string> {
  const client = new GraphClient({ urls, requestTimeoutMs: 10_000, patienceMs: 60_000 });
  const document = 'mutation Create($input: CreateUserInput!) { createUser(input: $input) { user { id } } }';
  const { data } = await client.request(document, { input: { ...user, idempotencyKey: uuidv7() } });
  const { createUser: created } = data as unknown as {
    readonly createUser: { readonly user: { readonly id: string } };
  };
  return created.user.id;
}

export interface Verdict {
  readonly sent: number;
  readonly acknowledged: number;
  /** Acknowledged and not to be found on some node, or found with another id. */
  readonly lost: readonly string[];
  /** Statuses beyond one for a key. */
  readonly doubled: readonly string[];
}

interface StatusPage {
  readonly user: {
    readonly statuses: {
      readonly totalCount: number;
      readonly nodes: readonly ({ readonly id: string; readonly text: string } | null)[];
      readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
    };
  };
}

/** Reads every status of the author on one node, page by page, and compares with the journal. */
export async function judge(url: string, author: string, journal: Journal): Promise<Verdict> {
  const found = new Map<string, string[]>();
  let after: string | null = null;
  let totalCount = 0;
  for (;;) {
    const page: StatusPage = await askUntilAnswered<StatusPage>(
      url,
      `query Posted($author: ID!, $after: String) @read(consistency: LINEARIZABLE) {
         user(id: $author) { statuses(first: 500, after: $after) { totalCount nodes { id text } pageInfo { hasNextPage endCursor } } } }`,
      { author, after },
    );
    const { statuses } = page.user;
    totalCount = statuses.totalCount;
    for (const status of statuses.nodes)
      if (status) found.set(status.text, [...(found.get(status.text) ?? []), status.id]);
    if (!statuses.pageInfo.hasNextPage) break;
    after = statuses.pageInfo.endCursor;
  }
  const lost = [...journal.keys].flatMap(([key, id]) =>
    id !== null && !(found.get(key) ?? []).includes(id) ? [key] : [],
  );
  const doubled = [...found].flatMap(([key, ids]) => (ids.length > 1 ? [key] : []));
  const listed = [...found.values()].reduce((sum, ids) => sum + ids.length, 0);
  if (listed !== totalCount) doubled.push(`totalCount ${totalCount}, listed ${listed}`);
  return { sent: journal.keys.size, acknowledged: journal.acknowledged, lost, doubled };
}
