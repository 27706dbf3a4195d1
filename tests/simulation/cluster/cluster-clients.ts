import type { CacheKey } from '#server/graph/cache-key.ts';
import type { Command, Operation } from '#server/graph/command.ts';
import type { EntityId, LogIndex } from '#server/graph/identifiers.ts';
import type { Consistency } from '#server/cluster/node-service.ts';
import type { Dice } from '../dice.ts';
import { ClusterCalls } from './cluster-calls.ts';
import { ClusterHistory, friendshipOf } from './cluster-history.ts';
import type { ClusterNode } from './cluster-node.ts';
import type { ClusterWorld } from './cluster-world.ts';
import type { MutationTold, ReadTold } from './judges/cluster-hearing.ts';

type Answer = MutationTold['answer'];
type Committed = Extract<Answer, { readonly kind: 'done' | 'refused' }>;

const friend = 'friend';
/** Copies of one command, those sent at once included. */
const copiesMax = 6;
/** From so short that one removal empties what is known of a list, to longer than most are. */
const listLengths = [1, 1, 2, 4, 8, 30] as const;
const crowdShare = 0.3;
const crowdMax = 4;
const crowdMsMax = 40;
/** Friendships that somebody may have second thoughts about. */
const lastFriendshipsMax = 4;
/** Any day will do: clients' clocks are right, those of nodes need not be. */
const firstDayMs = Date.UTC(2026, 0, 1);

/** One that begins or ends. */
interface Friendship {
  readonly from: EntityId;
  readonly to: EntityId;
  readonly isEnd: boolean;
}

/** People with clients, who change and read the graph through any node, send copies of commands, and never lose patience for good. */
export class ClusterClients {
  /** Commands, not copies. */
  mutations = 0;
  readonly #world: ClusterWorld;
  readonly #dice: Dice;
  readonly #calls: ClusterCalls;
  readonly #history = new ClusterHistory();
  /** Never deleted. */
  readonly #people: EntityId[] = [];
  readonly #guests: EntityId[] = [];
  /** In the log, or perhaps. The oldest goes first. */
  readonly #repeatable: { readonly command: Command; readonly key: string }[] = [];
  /** What was done to friendships lately. The oldest goes first. */
  readonly #lastFriendships: Friendship[] = [];
  /** Where keys are forgotten within seconds, a late copy may do it all again: then the history has no say. */
  readonly #keepsHistory: boolean;
  #busy = 0;
  #isOver = false;
  #names = 0;

  constructor(world: ClusterWorld, dice: Dice) {
    this.#world = world;
    this.#dice = dice;
    this.#calls = new ClusterCalls(world, dice.fork());
    this.#keepsHistory = world.weather.idempotencyKeyHours >= 1;
  }

  begin(): void {
    for (let nth = 0; nth < this.#world.weather.clients; nth++) this.#start();
  }

  /** Nothing new is asked; what is under way is waited for, see `isQuiet`. */
  end(): void {
    this.#isOver = true;
  }

  get isQuiet(): boolean {
    return this.#busy === 0;
  }

  /** Throws Violation. */
  judgeHistory(): void {
    if (this.#keepsHistory) this.#history.judge();
  }

  #start(): void {
    this.#busy += 1;
    this.#live().then(
      () => (this.#busy -= 1),
      (error: unknown) => {
        // What a client cannot make sense of ends the run, from the world's own event.
        this.#world.plan(1, { node: null, label: 'a client fails' }, () => {
          throw error instanceof Error ? error : new Error(String(error));
        });
      },
    );
  }

  async #live(): Promise<void> {
    const { people, readShare, repeatShare, thinkMs } = this.#world.weather;
    let session = 0 as LogIndex;
    while (!this.#isOver) {
      await this.#calls.pause(2 * thinkMs * this.#dice.random());
      if (this.#people.length < people) await this.#create(this.#people);
      else if (this.#repeatable.length > 0 && this.#dice.chance(repeatShare)) await this.#repeat();
      else if (this.#dice.chance(readShare)) await this.#lookAround(session);
      else session = Math.max(session, await this.#change()) as LogIndex;
    }
  }

  /** The index of its commit; 0: nobody knows of one. */
  #change(): Promise<number> {
    const drawn = this.#dice.random();
    if (drawn < 0.1) return this.#create(this.#guests);
    if (drawn < 0.2) return this.#delete();
    if (drawn < 0.25) return this.#postAndLike();
    if (drawn < 0.25 + this.#world.weather.hubShare) return this.#createHub();
    if (drawn < 0.5) return this.#rename();
    return this.#befriend();
  }

  /** The judges compare its answer with the first. */
  async #repeat(): Promise<void> {
    const { command, key } = this.#dice.pick(this.#repeatable);
    if (this.#asksForStatus()) return this.#askForStatus(key);
    const { kind } = await this.#calls.mutate(this.#node(), command, key);
    if (kind === 'done' || kind === 'refused') this.#world.count('repeated');
  }

  async #create(into: EntityId[]): Promise<number> {
    this.#names += 1;
    // Now and then a handle that is taken: a refusal.
    const handle = `h${this.#dice.chance(0.2) ? this.#dice.between(1, this.#names) : this.#names}`;
    const invoke = this.#world.nowUs;
    const answer = await this.#send([{ kind: 'create-entity', type: 'User', properties: { handle, name: handle } }]);
    const id = answer?.kind === 'done' ? (answer.results[0]?.id ?? null) : null;
    if (id === null || answer === null) return answer?.index ?? 0;
    if (!into.includes(id)) into.push(id);
    const input = { kind: 'write', value: handle, ifVersion: null } as const;
    const output = { kind: 'written', version: answer.index ?? 0 } as const;
    if (into === this.#people) this.#history.names.push({ user: id, input, output, invoke, return: this.#world.nowUs });
    return answer.index ?? 0;
  }

  async #rename(): Promise<number> {
    const user = this.#dice.pick(this.#people);
    const seen = this.#history.names.findLast((each) => each.user === user && each.output?.kind === 'value')?.output;
    const ifVersion = this.#dice.chance(0.4) && seen?.kind === 'value' ? (seen.version as LogIndex) : null;
    this.#names += 1;
    const name = `name ${this.#names}`;
    const input = { kind: 'write', value: name, ifVersion } as const;
    const operation: Operation = {
      kind: 'update-entity',
      id: user,
      expectedType: null,
      properties: { name },
      ifVersion,
    };
    const invoke = this.#world.nowUs;
    const answer = await this.#send([operation], () => {
      this.#history.names.push({ user, input, output: null, invoke, return: Infinity });
    });
    if (answer === null) return 0;
    const output =
      answer.kind === 'done' ? ({ kind: 'written', version: answer.index } as const) : ({ kind: 'conflict' } as const);
    this.#history.names.push({ user, input, output, invoke, return: this.#world.nowUs });
    return answer.index ?? 0;
  }

  async #befriend(): Promise<number> {
    const chosen = this.#undone() ?? this.#someFriendship();
    if (chosen === null) return 0;
    const { from, to, isEnd } = chosen;
    this.#lastFriendships.push(chosen);
    if (this.#lastFriendships.length > lastFriendshipsMax) this.#lastFriendships.shift();
    const edge = { from, type: friend, to };
    const operation: Operation = isEnd
      ? { kind: 'remove-association', ...edge }
      : { kind: 'add-association', ...edge, time: null, properties: {}, ifPresent: 'keep' };
    const input = isEnd ? ({ kind: 'remove' } as const) : ({ kind: 'add', properties: '', ifPresent: 'keep' } as const);
    const isKept = this.#people.includes(from) && this.#people.includes(to);
    const friendship = friendshipOf(from, to);
    const invoke = this.#world.nowUs;
    const answer = await this.#send([operation], () => {
      if (isKept) this.#history.friendships.push({ friendship, input, output: null, invoke, return: Infinity });
    });
    if (answer?.kind === 'done' && isKept) {
      const output = { kind: 'done', changed: answer.results[0]?.changed ?? false } as const;
      this.#history.friendships.push({ friendship, input, output, invoke, return: this.#world.nowUs });
    }
    return answer?.index ?? 0;
  }

  #someFriendship(): Friendship | null {
    const [from, to] = this.#dice.shuffled([...this.#people, ...this.#guests]);
    if (from === undefined || to === undefined) return null;
    return { from, to, isEnd: this.#dice.chance(0.4) };
  }

  /** The contrary of something that was done lately. */
  #undone(): Friendship | null {
    const { secondThoughtsShare } = this.#world.weather;
    if (this.#lastFriendships.length === 0 || secondThoughtsShare === 0) return null;
    if (!this.#dice.chance(secondThoughtsShare)) return null;
    const last = this.#dice.pick(this.#lastFriendships);
    return { ...last, isEnd: !last.isEnd };
  }

  async #delete(): Promise<number> {
    const [id] = this.#guests.splice(this.#dice.below(this.#guests.length), 1);
    if (id === undefined) return this.#create(this.#guests);
    const answer = await this.#send([{ kind: 'delete-entity', id, expectedType: null, ifVersion: null }]);
    return answer?.index ?? 0;
  }

  /** Several operations that all happen or none. */
  async #postAndLike(): Promise<number> {
    const [author, reader] = this.#dice.shuffled([...this.#people, ...this.#guests]);
    if (author === undefined || reader === undefined) return 0;
    const answer = await this.#send([
      { kind: 'create-entity', type: 'Status', properties: { text: 'hello' } },
      edgeTo(author, 'posted', 0),
      edgeTo(reader, 'likes', 0),
    ]);
    return answer?.index ?? 0;
  }

  /** Somebody with more statuses than one commit deletes: it becomes a guest, who is deleted sometime. */
  async #createHub(): Promise<number> {
    const author = await this.#send([
      { kind: 'create-entity', type: 'User', properties: { handle: `hub${(this.#names += 1)}`, name: 'hub' } },
    ]);
    const id = author?.kind === 'done' ? (author.results[0]?.id ?? null) : null;
    if (id === null) return author?.index ?? 0;
    const posts = Array.from({ length: this.#world.weather.hubEdges }, (_, nth): readonly Operation[] => [
      { kind: 'create-entity', type: 'Status', properties: { text: '.' } },
      edgeTo(id, 'posted', 2 * nth),
    ]);
    const answer = await this.#send(posts.flat());
    if (answer?.kind === 'done') this.#world.count('hubs');
    this.#guests.push(id);
    return answer?.index ?? author?.index ?? 0;
  }

  /** Null: no copy was told what became of it. `onUnknown`: it may still happen; else it did not. */
  async #send(operations: readonly Operation[], onUnknown: () => void = () => undefined): Promise<Committed | null> {
    this.mutations += 1;
    const command: Command = { operations };
    const key = this.#key();
    let mayHappen = false;
    for (let copies = 0; copies < copiesMax;) {
      const together = this.#dice.chance(0.2) ? 2 : 1;
      copies += together;
      const sent = Array.from({ length: together }, () => this.#calls.mutate(this.#node(), command, key));
      const answers = await Promise.all(sent);
      const committed = answers.find((answer) => answer.kind === 'done' || answer.kind === 'refused');
      if (committed !== undefined) {
        if (committed.index !== null) this.#mayRepeat(command, key);
        this.#world.count(committed.kind);
        if (mayHappen) this.#world.count('unknown resolved');
        return committed;
      }
      if (answers.some(({ kind }) => kind === 'unknown')) mayHappen = true;
      if (mayHappen && this.#asksForStatus()) await this.#askForStatus(key);
      await this.#calls.pause(this.#dice.between(1, 200));
    }
    this.#world.count(mayHappen ? 'unknown' : 'rejected');
    if (mayHappen) {
      onUnknown();
      this.#mayRepeat(command, key);
    }
    return null;
  }

  #asksForStatus(): boolean {
    const { statusShare } = this.#world.weather;
    return this.#keepsHistory && statusShare > 0 && this.#dice.chance(statusShare);
  }

  /** What it is told is for the judges; the command is sent again all the same. */
  async #askForStatus(key: string): Promise<void> {
    const status = await this.#calls.status(this.#node(), key);
    if (status !== null) this.#world.count(`status ${status}`);
  }

  /** Not where keys are forgotten within seconds: there a repetition is a new mutation. */
  #mayRepeat(command: Command, key: string): void {
    if (!this.#keepsHistory) return;
    this.#repeatable.push({ command, key });
    if (this.#repeatable.length > this.#world.weather.repeatableMax) this.#repeatable.shift();
  }

  /** Mostly one query; now and then several that overlap at one node, as a page in a browser sends them. */
  async #lookAround(atLeast: LogIndex): Promise<void> {
    const node = this.#node();
    if (!this.#dice.chance(crowdShare)) return this.#look(node, atLeast);
    this.#world.count('crowds');
    const looks = Array.from({ length: this.#dice.between(2, crowdMax) }, async () => {
      await this.#calls.pause(this.#dice.below(crowdMsMax));
      await this.#look(node, atLeast);
    });
    await Promise.all(looks);
  }

  async #look(node: ClusterNode, atLeast: LogIndex): Promise<void> {
    const consistency = this.#dice.pick<Consistency>(['LOCAL', 'SESSION', 'SESSION', 'LINEARIZABLE', 'LINEARIZABLE']);
    const [one, other] = this.#dice.shuffled([...this.#people, ...this.#guests]);
    if (one === undefined || other === undefined) return;
    const all: readonly CacheKey[] = [
      { kind: 'entity', id: one },
      { kind: 'count', from: one, type: friend },
      { kind: 'list', from: one, type: friend, length: this.#dice.pick(listLengths) },
      { kind: 'association', from: one, type: friend, to: other },
      { kind: 'association', from: other, type: friend, to: one },
      {
        kind: 'list',
        from: other,
        type: this.#dice.pick(['likes', 'posted', friend]),
        length: this.#dice.pick(listLengths),
      },
      { kind: 'unique', type: 'User', key: `h${this.#dice.between(1, this.#names)}` },
    ];
    // Whoever asks for one thing is answered in the turn that finds it; many things take turns in which the log may move on.
    const keys = all.slice(0, this.#dice.pick([1, all.length, all.length]));
    const invoke = this.#world.nowUs;
    const answer = await this.#calls.read(node, { keys, consistency, atLeast });
    if (answer === null) return;
    this.#world.count(`${consistency} reads`);
    if (consistency === 'LINEARIZABLE') this.#record(answer.values, { one, other, invoke });
  }

  #record(
    values: ReadTold['values'],
    read: { readonly one: EntityId; readonly other: EntityId; readonly invoke: number },
  ): void {
    const { one, other, invoke } = read;
    const [entity, , , edge] = values.map(({ value }) => value);
    const input = { kind: 'read' } as const;
    const end = this.#world.nowUs;
    if (entity?.kind === 'entity' && entity.entity !== null && this.#people.includes(one)) {
      const { properties, version } = entity.entity;
      const name = properties['name'];
      if (typeof name !== 'string') throw new Error(`a user without a name: ${JSON.stringify(entity)}`);
      const output = { kind: 'value', value: name, version } as const;
      this.#history.names.push({ user: one, input, output, invoke, return: end });
    }
    if (edge?.kind !== 'association' || !this.#people.includes(one) || !this.#people.includes(other)) return;
    const output = { kind: 'edge', properties: edge.association === null ? null : '' } as const;
    this.#history.friendships.push({ friendship: friendshipOf(one, other), input, output, invoke, return: end });
  }

  #node(): ClusterNode {
    return this.#dice.pick(this.#world.nodes);
  }

  /** A UUIDv7, which can be decided by its time, or any other text, of which only the table knows. */
  #key(): string {
    const random = (digits: number): string =>
      Array.from({ length: digits }, () => this.#dice.below(16).toString(16)).join('');
    if (!this.#keepsHistory || this.#dice.chance(0.3)) return `key ${random(12)}`;
    const nowMs = firstDayMs + Math.floor(this.#world.nowUs / 1000);
    const time = (nowMs + this.#world.weather.clientsAheadMs).toString(16).padStart(12, '0');
    return `${time.slice(0, 8)}-${time.slice(8)}-7${random(3)}-8${random(3)}-${random(12)}`;
  }
}

function edgeTo(from: EntityId, type: string, created: number): Operation {
  return { kind: 'add-association', from, type, to: { created }, time: null, properties: {}, ifPresent: 'keep' };
}
