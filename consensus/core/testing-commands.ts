import { assert, AssertionFailed, impossible } from './assert.ts';
import { readClaim } from './testing-claims.ts';
import { isMessageKind, matches, parseMessage, parsePattern } from './testing-message.ts';
import type { MessagePattern } from './testing-message.ts';
import { bytesOf, nodeId } from './testing-network.ts';
import type { TestNetwork, TestNode } from './testing-network.ts';
import { encodeConfiguration } from './configuration.ts';
import type { Raft } from './raft.ts';
import type { LogIndex, Message } from './types.ts';

/** The verbs of a transcript. Each does one thing to the cluster, and fails when what it takes for granted is not so. */
export class Commands {
  readonly #network: TestNetwork;
  /** Messages taken off the net, by the name under which the transcript keeps them. */
  readonly #kept = new Map<string, Message[]>();
  readonly #rules: { readonly pattern: MessagePattern; readonly keptAs: string | null }[] = [];

  constructor(network: TestNetwork) {
    this.#network = network;
    this.#applyRules();
  }

  run(words: readonly string[]): void {
    const [verb = '', ...rest] = words;
    const command = this.#verbs[verb] ?? impossible(`there is no command ${verb}`);
    command(rest);
  }

  readonly #verbs: Readonly<Record<string, (words: readonly string[]) => void>> = {
    tick: ([name = '', ticks = '1']) => this.#network.tick(name, count(ticks)),
    pass: ([ticks = '']) => this.#network.pass(count(ticks)),
    elect: ([name = '']) => this.#network.elect(name),
    campaign: ([name = '']) => this.#campaign(name),
    until: (words) => this.#until(words),
    propose: (words) => this.#propose(words),
    configure: (words) => this.#configure(words),
    transfer: ([from = '', to = '', ...end]) => this.#transfer(from, to, end),
    read: ([name = '', request = '']) => this.#act(name, (core) => core.readIndex(count(request))),
    closed: ([name = '', other = '']) => this.#act(name, (core) => core.peerClosed(nodeId(other))),
    compact: ([name = '', index = '']) => this.#act(name, (core) => core.compact(count(index) as LogIndex)),
    'begin-turn': ([name = '']) => {
      this.#network.node(name).isTurnOpen = true;
    },
    'end-turn': ([name = '']) => this.#network.endTurn(name),
    add: ([name = '']) => this.#network.add(nodeId(name)),
    crash: (names) => names.forEach((name) => this.#network.crash(name)),
    damage: ([name = '', index = '']) => this.#forget(name, count(index), { isKnown: true }),
    restore: ([name = '', index = '']) => this.#forget(name, count(index), { isKnown: false }),
    restart: (names) => names.forEach((name) => this.#network.restart(name)),
    disk: (words) => this.#disk(words),
    send: (words) => this.#arrive([parseMessage(words)]),
    stops: (words) => this.#stops(words),
    deliver: (words) => this.#deliver(words),
    drop: (words) => void this.#take(words),
    double: (words) => this.#network.messages.push(...this.#matching(words)),
    keep: ([name = '', ...words]) => this.#keep(name, this.#take(words)),
    release: ([name = '', ...words]) => this.#release(name, words),
    lose: (words) => this.#rule(words, null),
    hold: ([name = '', ...words]) => this.#rule(words, name),
    cut: (links) => links.forEach((link) => this.#cut(link)),
    isolate: (names) => names.forEach((name) => this.#network.isolate(name)),
    heal: () => this.#heal(),
  };

  #act<Result>(name: string, call: (core: Raft) => Result): Result {
    return this.#network.act(this.#network.node(name), call);
  }

  /** A crash, after which the disk has nothing beyond `index`; whether it can tell: not after an older copy was put back. */
  #forget(name: string, index: number, { isKnown }: { readonly isKnown: boolean }): void {
    const { disk } = this.#network.node(name);
    this.#network.crash(name);
    const end = disk.entries.at(-1) ?? impossible(`${name} has nothing to lose`);
    assert(index < end.index && index >= disk.mark.index, `${name} holds ${disk.mark.index + 1} to ${end.index}`);
    disk.entries.length = index - disk.mark.index;
    if (isKnown) disk.lost = { index: end.index, term: end.term };
    this.#network.restart(name);
  }

  /** Time passes on one node only, nothing arrives, until it asks for votes. */
  #campaign(name: string): void {
    const { network, node } = { network: this.#network, node: this.#network.node(name) };
    const isCampaigning = (): boolean => ['pre-candidate', 'candidate'].includes(node.status.role);
    assert(!isCampaigning(), `${name} campaigns already`);
    for (let tick = 0; tick < 40 && !isCampaigning(); tick++) network.tick(name);
    assert(isCampaigning(), `${name} does not campaign`);
  }

  /** `until n2 leader commit 4 within 20`: time passes everywhere, no longer than that. */
  #until(words: readonly string[]): void {
    const [within, ticks = ''] = words.slice(-2);
    assert(within === 'within', '`until` says within how many ticks');
    const claim = words.slice(0, -2);
    for (let tick = 0; tick <= count(ticks); tick++) {
      const { claimed, actual } = readClaim(this.#network, claim);
      if (claimed === actual) return;
      this.#network.pass(1);
    }
    const { claimed, actual } = readClaim(this.#network, claim);
    impossible(`after ${ticks} ticks not ${claimed}, but ${actual}`);
  }

  /** `propose n1 a b`, or `propose n1 a refused tail-full`; `a*100` is a hundred letters. */
  #propose(words: readonly string[]): void {
    const [name = '', ...texts] = words;
    const place = texts.indexOf('refused');
    const refused = place === -1 ? null : (texts[place + 1] ?? 'nothing');
    for (const text of place === -1 ? texts : texts.slice(0, place)) {
      const [letters = '', times = '1'] = text.split('*');
      const data = bytesOf(letters.repeat(count(times)));
      const result = this.#act(name, (core) => core.propose({ kind: 'command', data }));
      expectRefusal(result, refused, `${name} proposes ${text}`);
    }
  }

  /** `configure n1 voters n1 n2 learners n3`, and `refused` with the reason. */
  #configure(words: readonly string[]): void {
    const [name = '', ...rest] = words;
    const lists: Record<string, string[]> = { voters: [], learners: [], refused: [] };
    let list: string[] | null = null;
    for (const word of rest) {
      if (lists[word] !== undefined) list = lists[word];
      else if (list === null) impossible(`${word} is in no list`);
      else list.push(word);
    }
    const { voters = [], learners = [], refused = [] } = lists;
    const data = encodeConfiguration({ voters: voters.map(nodeId), learners: learners.map(nodeId) });
    const result = this.#act(name, (core) => core.propose({ kind: 'configuration', data }));
    expectRefusal(result, refused[0] ?? null, `${name} proposes a configuration`);
  }

  #transfer(from: string, to: string, end: readonly string[]): void {
    const isBegun = this.#act(from, (core) => core.transferLeadership(nodeId(to)));
    assert(
      isBegun === (end[0] !== 'refused'),
      `the transfer from ${from} to ${to} was ${isBegun ? 'begun' : 'refused'}`,
    );
  }

  /** `disk n1 slow`: writes wait. `disk n1 done 1`: the oldest one is durable; without a number all. `quick`: at once again. */
  #disk([name = '', what = '', writes]: readonly string[]): void {
    const node = this.#network.node(name);
    assert(['slow', 'quick', 'done'].includes(what), `a disk is slow, quick or done, not ${what}`);
    if (what !== 'done') node.isDiskSlow = what === 'slow';
    if (what === 'slow') return;
    if (writes === undefined) this.#network.flush(name);
    else
      for (let write = 0; write < count(writes); write++)
        assert(this.#network.flushOne(node), `${name} writes nothing`);
  }

  /** The command must break an invariant, which stops the node. */
  #stops(words: readonly string[]): void {
    try {
      this.run(words);
    } catch (error) {
      if (error instanceof AssertionFailed) return;
      throw error;
    }
    impossible('no invariant was broken');
  }

  /** Alone: everything, and what that brings about. Else what is on its way and matches, and nothing more. */
  #deliver(words: readonly string[]): void {
    if (words.length === 0) this.#network.deliverAll();
    else for (const message of this.#take(words)) this.#network.deliver(message);
  }

  /** `2 append-request n1>n3`: so many of the oldest that match, else all; there must be as many. */
  #matching(words: readonly string[]): readonly Message[] {
    const [first = ''] = words;
    const isCounted = /^\d+$/.test(first);
    const pattern = parsePattern(isCounted ? words.slice(1) : words);
    const found = this.#network.messages.filter((message) => matches(pattern, message));
    assert(found.length >= (isCounted ? count(first) : 1), `${found.length} such messages are on their way`);
    return isCounted ? found.slice(0, count(first)) : found;
  }

  #take(words: readonly string[]): readonly Message[] {
    const taken = this.#matching(words);
    this.#network.messages = this.#network.messages.filter((message) => !taken.includes(message));
    return taken;
  }

  #keep(name: string, messages: readonly Message[]): void {
    assert(name !== '' && !isMessageKind(name), 'what is kept needs a name');
    this.#kept.set(name, [...(this.#kept.get(name) ?? []), ...messages]);
  }

  /** Arrives now, oldest first or `reversed`. The transcript may release it once more: messages are doubled. */
  #release(name: string, [order = '']: readonly string[]): void {
    const messages = this.#kept.get(name) ?? impossible(`nothing is kept as ${name}`);
    this.#arrive(order === 'reversed' ? messages.toReversed() : messages);
  }

  /** What the transcript itself delivers is not lost by its own rules; a cut link is cut. */
  #arrive(messages: readonly Message[]): void {
    const rules = this.#rules.splice(0);
    for (const message of messages) this.#network.deliver(message);
    this.#rules.push(...rules);
  }

  /** From now on, until `heal`. */
  #rule(words: readonly string[], keptAs: string | null): void {
    if (keptAs !== null) this.#keep(keptAs, []);
    this.#rules.push({ pattern: parsePattern(words), keptAs });
  }

  #applyRules(): void {
    this.#network.passes = (message) => {
      const rule = this.#rules.find(({ pattern }) => matches(pattern, message));
      if (rule === undefined) return true;
      if (rule.keptAs !== null) this.#kept.get(rule.keptAs)?.push(message);
      return false;
    };
  }

  /** `n1>n2` one way, `n1-n2` both ways. */
  #cut(link: string): void {
    const [from = '', to = ''] = link.split(/[>-]/);
    this.#network.cut(this.#network.node(from).id, this.#network.node(to).id);
    if (link.includes('-')) this.#network.cut(to, from);
  }

  #heal(): void {
    this.#network.heal();
    this.#rules.length = 0;
    this.#applyRules();
  }
}

export function count(word: string): number {
  assert(/^\d+$/.test(word), `${word} is no number`);
  return Number(word);
}

function expectRefusal(result: object, refused: string | null, what: string): void {
  const is = 'refused' in result ? String(result.refused) : null;
  assert(is === refused, `${what}: wanted ${refused ?? 'taken'}, was ${is ?? 'taken'}`);
}

/** Up and with nothing waiting to be carried out, so that judges may compare their logs. */
export function atRest(network: TestNetwork): readonly TestNode[] {
  return [...network.nodes.values()].filter((node) => node.isUp && !node.isTurnOpen);
}
