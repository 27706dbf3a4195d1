import { assert, impossible } from './assert.ts';
import type { RaftOptions } from './options.ts';
import { readClaim } from './testing-claims.ts';
import { atRest, Commands, count } from './testing-commands.ts';
import { judgeLogMatching } from './testing-judge.ts';
import { matches, parsePattern } from './testing-message.ts';
import { logOf, TestNetwork } from './testing-network.ts';
import type { TestNetworkOptions } from './testing-network.ts';
import type { Entry } from './types.ts';

/**
 * A transcript is a scenario as a readable file; `transcripts/README.md` says how one is written. It is run against the real core.
 * A line `= …` claims a state and can be rewritten; a line `! …` is a judgement that no rewriting changes.
 */
export interface TranscriptResult {
  /** The file as it would have to read to be true. */
  readonly rewritten: string;
  /** Claims that do not hold, each with its line. */
  readonly untrue: readonly string[];
  readonly claims: number;
}

export function runTranscript(text: string): TranscriptResult {
  const transcript = new Transcript();
  const rewritten = text.split('\n').map((line, place) => transcript.line(line, place + 1));
  transcript.end();
  return { rewritten: rewritten.join('\n'), untrue: transcript.untrue, claims: transcript.claims };
}

class Transcript {
  readonly untrue: string[] = [];
  claims = 0;
  #section: 'head' | 'set-up' | 'step' = 'head';
  #claimsInStep = 0;
  readonly #setUp = new SetUp();
  #network: TestNetwork | null = null;
  #commands: Commands | null = null;
  /** How many messages had been sent when the step began. */
  #sentBefore = 0;

  /** Carries out one line, and answers with how it should read. */
  line(line: string, number: number): string {
    if (line === 'set-up' || line.startsWith('step ')) this.#begin(line, number);
    else if (this.#section !== 'head' && line.startsWith('  ') && !line.startsWith('  #'))
      return this.#carryOut(line, number);
    else if (this.#section !== 'head' && line.trim() !== '' && !line.startsWith('  #'))
      impossible(`line ${number}: neither a step nor part of one: ${line}`);
    return line;
  }

  end(): void {
    if (this.#section === 'step' && this.#claimsInStep === 0) impossible('the last step claims nothing');
    assert(this.claims > 0, 'a transcript claims something');
  }

  #begin(line: string, number: number): void {
    const isSetUp = line === 'set-up';
    if (isSetUp !== (this.#section === 'head')) impossible(`line ${number}: one set-up, then steps`);
    if (this.#section === 'step' && this.#claimsInStep === 0)
      impossible(`line ${number}: the step before claims nothing`);
    this.#section = isSetUp ? 'set-up' : 'step';
    this.#claimsInStep = 0;
    if (isSetUp) return;
    this.#network ??= new TestNetwork(this.#setUp.options());
    this.#commands ??= new Commands(this.#network);
    this.#sentBefore = this.#network.sent.length;
  }

  #carryOut(line: string, number: number): string {
    const words = line.trim().split(/\s+/);
    try {
      if (this.#section === 'set-up') this.#setUp.line(words);
      else if (words[0] === '=') return this.#claim(words.slice(1), number);
      else if (words[0] === '!') this.#judge(words.slice(1));
      else this.#commands?.run(words);
      if (this.#network !== null) judgeLogMatching(atRest(this.#network));
    } catch (error) {
      throw new Error(`line ${number}: ${line.trim()}`, { cause: error });
    }
    return line;
  }

  #claim(words: readonly string[], number: number): string {
    this.#count();
    const { claimed, actual } = readClaim(this.#require(), words);
    if (claimed !== actual) this.untrue.push(`line ${number}: claimed ${claimed}, is ${actual}`);
    return `  = ${actual}`;
  }

  /** `no K …`, `exactly N K …`, `at-most N K …`, `at-least N K …` count what was sent in this step; `same-log n1 n2`. */
  #judge(words: readonly string[]): void {
    this.#count();
    const network = this.#require();
    const [quantity = '', ...rest] = words;
    if (quantity === 'same-log') {
      const logs = rest.map((name) =>
        JSON.stringify(network.node(name).core.entries(network.node(name).status.firstIndex, Infinity)),
      );
      assert(logs.length > 1 && logs.every((log) => log === logs[0]), 'their logs differ');
      return;
    }
    const bound = quantity === 'no' ? 0 : count(rest.shift() ?? '');
    const pattern = parsePattern(rest);
    const sent = network.sent.slice(this.#sentBefore).filter((message) => matches(pattern, message)).length;
    const isSo: Readonly<Record<string, boolean>> = {
      no: sent === 0,
      exactly: sent === bound,
      'at-most': sent <= bound,
      'at-least': sent >= bound,
    };
    assert(isSo[quantity] ?? impossible(`${quantity} is no judgement`), `${sent} were sent`);
  }

  #count(): void {
    this.claims++;
    this.#claimsInStep++;
  }

  #require(): TestNetwork {
    return this.#network ?? impossible('claims come in steps');
  }
}

/** Who there is, what their disks hold, and how they are set up. */
class SetUp {
  #voters: readonly string[] = [];
  #learners: readonly string[] = [];
  readonly #logs: Record<string, readonly Entry[]> = {};
  readonly #terms: Record<string, number> = {};
  #core: Partial<RaftOptions> = {};
  readonly #perNode: Record<string, Partial<RaftOptions>> = {};

  line([verb = '', ...words]: readonly string[]): void {
    const [name = '', ...rest] = words;
    if (verb === 'voters') this.#voters = words;
    else if (verb === 'learners') this.#learners = words;
    else if (verb === 'log') this.#logs[name] = logOf(...rest.flatMap(run));
    else if (verb === 'term') this.#terms[name] = count(rest[0] ?? '');
    else if (verb === 'option') this.#option(words);
    else impossible(`a set-up has no ${verb}`);
  }

  options(): TestNetworkOptions {
    return {
      voters: this.#voters,
      learners: this.#learners,
      logs: this.#logs,
      terms: this.#terms,
      core: this.#core,
      perNode: this.#perNode,
    };
  }

  /** `option preVote off n3` for one node, without a name for all. */
  #option([key = '', value = '', name]: readonly string[]): void {
    const option = { [key]: value === 'on' || value === 'off' ? value === 'on' : count(value) };
    if (name === undefined) this.#core = { ...this.#core, ...option };
    else this.#perNode[name] = { ...this.#perNode[name], ...option };
  }
}

/** `1x3` is three entries of term 1. */
function run(word: string): readonly number[] {
  const [term = '', times = '1'] = word.split('x');
  return Array<number>(count(times)).fill(count(term));
}
