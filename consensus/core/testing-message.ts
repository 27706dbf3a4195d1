import { assert, impossible } from './assert.ts';
import { entry, nodeId } from './testing-network.ts';
import type { Entry, LogIndex, Message, Term } from './types.ts';

/**
 * Messages as words, for transcripts: `append-request n1>n2 term=3 previous=2@1 entries=3,3 commit=2`. A place in the log is
 * written `index@term`.
 */

/** What a transcript says of messages: a kind or `any`, a link such as `n1>n2` or `n1>*`, and fields. */
export interface MessagePattern {
  readonly kind: string;
  readonly link: string;
  readonly fields: ReadonlyMap<string, string>;
}

const kinds: readonly string[] = [
  'any',
  'pre-vote-request',
  'vote-request',
  'pre-vote-response',
  'vote-response',
  'append-request',
  'append-response',
  'heartbeat-request',
  'heartbeat-response',
  'snapshot-request',
  'snapshot-response',
  'read-index-request',
  'read-index-response',
  'timeout-now',
  'reminder',
] satisfies readonly (Message['kind'] | 'any')[];

export function isMessageKind(word: string): boolean {
  return kinds.includes(word);
}

export function parsePattern(words: readonly string[]): MessagePattern {
  const [kind = 'any', ...rest] = words;
  assert(isMessageKind(kind), `no kind of message is called ${kind}`);
  const fields = new Map<string, string>();
  let link = '*>*';
  for (const word of rest) {
    const [key, value] = word.split('=');
    if (/^[^=>]+>[^=>]+$/.test(word)) link = word;
    else if (key !== undefined && value !== undefined) fields.set(key, value);
    else impossible(`${word} is neither a link nor a field`);
  }
  return { kind, link, fields };
}

export function matches(pattern: MessagePattern, message: Message): boolean {
  const [from = '*', to = '*'] = pattern.link.split('>');
  if (pattern.kind !== 'any' && pattern.kind !== message.kind) return false;
  if ((from !== '*' && from !== message.from) || (to !== '*' && to !== message.to)) return false;
  const told = fieldsOf(message);
  for (const [key, value] of pattern.fields) {
    const is = told.get(key);
    assert(is !== undefined || pattern.kind === 'any', `${message.kind} has no field ${key}`);
    if (is !== value) return false;
  }
  return true;
}

/** What a pattern may ask for; `entries` is their terms, or nothing. */
function fieldsOf(message: Message): ReadonlyMap<string, string> {
  const fields = new Map<string, string>([['term', `${message.term}`]]);
  const place = (key: string, index: number, term: number): unknown => fields.set(key, `${index}@${term}`);
  if ('lastIndex' in message && 'lastTerm' in message) place('last', message.lastIndex, message.lastTerm);
  if ('previousIndex' in message) {
    place('previous', message.previousIndex, message.previousTerm);
    fields.set('entries', message.entries.map(({ term }) => term).join(','));
  }
  if ('hintIndex' in message) place('hint', message.hintIndex, message.hintTerm);
  if ('mark' in message) place('mark', message.mark.index, message.mark.term);
  for (const key of ['transfer', 'granted', 'success', 'commit', 'index', 'readNumber', 'request'] as const)
    if (key in message) fields.set(key, String(message[key as keyof typeof message]));
  return fields;
}

/** The message that a transcript describes; what it leaves out is 0 or no. */
export function parseMessage(words: readonly string[]): Message {
  const { kind, link, fields } = parsePattern(words);
  const [from = '', to = ''] = link.split('>');
  const number = (key: string): number => Number(fields.get(key) ?? 0);
  const index = (key: string): LogIndex => number(key) as LogIndex;
  const isSaid = (key: string): boolean => fields.get(key) === 'true';
  const [atIndex, atTerm] = placeOf(fields);
  const envelope = { from: nodeId(from), to: nodeId(to), term: number('term') as Term };
  switch (kind) {
    case 'pre-vote-request':
    case 'vote-request':
      return { kind, ...envelope, lastIndex: atIndex, lastTerm: atTerm, transfer: isSaid('transfer') };
    case 'pre-vote-response':
    case 'vote-response':
      return { kind, ...envelope, granted: isSaid('granted') };
    case 'append-request': {
      const entries = entriesAfter(atIndex, fields.get('entries') ?? '');
      return { kind, ...envelope, previousIndex: atIndex, previousTerm: atTerm, entries, commit: index('commit') };
    }
    case 'append-response': {
      const hint = { hintIndex: atIndex, hintTerm: atTerm };
      return { kind, ...envelope, success: isSaid('success'), index: index('index'), ...hint };
    }
    case 'heartbeat-request':
      return { kind, ...envelope, commit: index('commit'), readNumber: number('readNumber') };
    case 'heartbeat-response':
      return { kind, ...envelope, readNumber: number('readNumber'), lastIndex: index('lastIndex') };
    case 'snapshot-request': {
      const voters = (fields.get('voters') ?? '').split(',').map(nodeId);
      const configuration = { voters, learners: [] };
      return { kind, ...envelope, mark: { index: atIndex, term: atTerm, configuration } };
    }
    case 'snapshot-response':
      return { kind, ...envelope, index: index('index') };
    case 'timeout-now':
      return { kind, ...envelope };
    default:
      return impossible(`a transcript sends no ${kind}`);
  }
}

/** The one place that a message names, whatever it calls it. */
function placeOf(fields: ReadonlyMap<string, string>): readonly [LogIndex, Term] {
  const place = fields.get('last') ?? fields.get('previous') ?? fields.get('hint') ?? fields.get('mark') ?? '0@0';
  assert(/^\d+@\d+$/.test(place), `${place} is no place such as 3@1`);
  const [index, term] = place.split('@').map(Number);
  return [(index ?? 0) as LogIndex, (term ?? 0) as Term];
}

function entriesAfter(previous: LogIndex, terms: string): readonly Entry[] {
  if (terms === '') return [];
  return terms.split(',').map((term, place) => entry(previous + 1 + place, Number(term)));
}
