// Goal: the checker is right. Method: the stupid one, which tries every order of every part of what may not have happened, on small
// random histories; and histories made by hand that each hold one mistake.
import { describe, expect, test } from 'vitest';
import { Dice } from '#tests/simulation/dice.ts';
import { checkByKey, checkHistory } from './linearizability.ts';
import type { Model, Operation } from './linearizability.ts';
import { countModel, edgeModel, registerModel, uniqueModel, versionedModel } from './linearizability-models.ts';
import type {
  CountInput,
  CountOutput,
  EdgeOutput,
  RegisterInput,
  RegisterOutput,
  VersionedInput,
} from './linearizability-models.ts';

type RegisterOperation = Operation<RegisterInput, RegisterOutput>;

const register = registerModel('0');
const write = (value: string, invoke: number, end: number): RegisterOperation => ({
  input: { kind: 'write', value },
  output: end === Infinity ? null : { kind: 'written' },
  invoke,
  return: end,
});
const read = (value: string, invoke: number, end: number): RegisterOperation => ({
  input: { kind: 'read' },
  output: { kind: 'value', value },
  invoke,
  return: end,
});
const change = (expected: string, value: string, done: boolean, invoke: number, end: number): RegisterOperation => ({
  input: { kind: 'change', expected, value },
  output: { kind: done ? 'written' : 'conflict' },
  invoke,
  return: end,
});

const right: Readonly<Record<string, readonly RegisterOperation[]>> = {
  'nothing at all': [],
  'a read during a write may see either': [write('a', 1, 9), read('0', 2, 3), read('a', 4, 5), read('a', 6, 7)],
  'an unanswered write may show late': [write('a', 1, Infinity), read('0', 2, 3), read('0', 4, 5), read('a', 6, 7)],
  'an unanswered write may never happen': [write('a', 1, Infinity), write('b', 2, 3), read('b', 4, 5)],
  'of two changes of the same value one is refused': [change('0', 'a', true, 1, 8), change('0', 'b', false, 2, 9)],
  'what touches is concurrent': [write('a', 1, 2), write('b', 2, 3), read('a', 4, 5)],
  'two unanswered writes in either order': [
    write('a', 1, Infinity),
    write('b', 1, Infinity),
    read('b', 2, 3),
    read('a', 4, 5),
  ],
};

const wrong: Readonly<Record<string, readonly RegisterOperation[]>> = {
  'a stale read': [write('a', 1, 2), write('b', 3, 4), read('a', 5, 6)],
  'a lost write': [write('a', 1, 2), read('0', 3, 4)],
  'a doubled write': [write('a', 1, 2), write('b', 3, 4), read('b', 5, 6), read('a', 7, 8)],
  'an unanswered write that takes effect twice': [
    write('a', 1, Infinity),
    read('a', 2, 3),
    write('b', 4, 5),
    read('b', 6, 7),
    read('a', 8, 9),
  ],
  'a read from the future': [read('a', 1, 2), write('a', 3, 4)],
  'a read that goes back': [write('a', 1, 9), read('a', 2, 3), read('0', 4, 5)],
  'two changes of the same value': [change('0', 'a', true, 1, 8), change('0', 'b', true, 2, 9)],
  'a refusal without a reason': [write('a', 1, 2), change('a', 'b', false, 3, 4)],
  'a value that nobody wrote': [write('a', 1, 2), read('z', 1, 4)],
};

describe('histories made by hand', () => {
  test.each(Object.entries(right))('explained: %s', (_name, history) => {
    expect(checkHistory(register, history).kind).toBe('linearizable');
  });

  test.each(Object.entries(wrong))('not explained: %s', (_name, history) => {
    expect(checkHistory(register, history).kind).toBe('not-linearizable');
  });
});

test('an explanation holds the operations that contradict each other, and no others', () => {
  const noise = Array.from({ length: 50 }, (_, place) => [
    write(`n${place}`, place * 10, place * 10 + 3),
    read(`n${place}`, place * 10 + 4, place * 10 + 6),
  ]).flat();
  const verdict = checkHistory(register, [
    ...noise,
    write('last', 600, 601),
    read('n49', 602, 603),
    read('last', 604, 605),
  ]);
  if (verdict.kind !== 'not-linearizable') throw new Error(verdict.kind);
  expect(verdict.explanation).toContain(
    '602–603 {"kind":"read"} → {"kind":"value","value":"n49"} cannot have happened',
  );
  expect(verdict.explanation).toContain('600–601 {"kind":"write","value":"last"}');
  expect(verdict.explanation).not.toContain('604');
  expect(verdict.explanation).not.toContain('"n10"} → {"kind":"written"}');
});

test('each key is judged by itself, and the wrong one is named', () => {
  const keyed = (
    key: string,
    operations: readonly RegisterOperation[],
  ): readonly (RegisterOperation & { key: string })[] => operations.map((operation) => ({ ...operation, key }));
  const one = keyed('one', right['a read during a write may see either'] ?? []);
  const other = keyed('other', wrong['a lost write'] ?? []);
  const keyOf = ({ key }: { readonly key: string }): string => key;
  expect(checkByKey(register, one, { keyOf }).kind).toBe('linearizable');
  expect(checkByKey(register, [...one, ...other], { keyOf })).toMatchObject({ kind: 'not-linearizable', key: 'other' });
});

test('more configurations than allowed leave it undecided', () => {
  const writes = Array.from({ length: 12 }, (_, place) => write(`v${place}`, 1, 100));
  const history = [...writes, read('v3', 2, 50), read('v7', 51, 99), read('v11', 101, 102)];
  expect(checkHistory(register, history, { configurationsMax: 10 }).kind).toBe('undecided');
  expect(checkHistory(register, history).kind).toBe('linearizable');
});

describe('the same as trying every order', () => {
  const seeds = [1, 2, 3, 4, 5, 6, 7, 8];
  test.each(seeds)('a register, seed %i', (seed) => {
    const draw = (dice: Dice): RegisterInput => {
      const kind = dice.pick(['write', 'read', 'read', 'change'] as const);
      if (kind === 'read') return { kind };
      const value = dice.pick(['a', 'b', 'c']);
      return kind === 'write' ? { kind, value } : { kind, value, expected: dice.pick(['0', 'a', 'b']) };
    };
    const answers = (dice: Dice): RegisterOutput =>
      dice.pick([{ kind: 'written' }, { kind: 'conflict' }, { kind: 'value', value: dice.pick(['0', 'a', 'b', 'c']) }]);
    compare(register, { seed, draw, answers });
  });

  test.each(seeds)('a register with versions, seed %i', (seed) => {
    compare(versionedModel({ value: '0', version: 1 }), {
      seed,
      draw: (dice): VersionedInput =>
        dice.chance(0.5)
          ? { kind: 'read' }
          : { kind: 'write', value: dice.pick(['a', 'b']), ifVersion: dice.pick([null, 1, 2, 3]) },
      answers: (dice) =>
        dice.pick([
          { kind: 'written', version: dice.between(1, 4) },
          { kind: 'conflict' },
          { kind: 'value', value: dice.pick(['0', 'a', 'b']), version: dice.between(1, 4) },
        ]),
    });
  });

  test.each(seeds)('an edge, seed %i', (seed) => {
    compare(edgeModel(null), {
      seed,
      draw: (dice) => {
        const kind = dice.pick(['read', 'remove', 'add', 'add'] as const);
        if (kind !== 'add') return { kind };
        return { kind, properties: dice.pick(['p', 'q']), ifPresent: dice.pick(['replace', 'keep'] as const) };
      },
      answers: (dice): EdgeOutput =>
        dice.chance(0.5)
          ? { kind: 'done', changed: dice.chance(0.5) }
          : { kind: 'edge', properties: dice.pick([null, 'p', 'q']) },
    });
  });

  test.each(seeds)('a count, seed %i', (seed) => {
    compare(countModel(0), {
      seed,
      draw: (dice): CountInput => (dice.chance(0.5) ? { kind: 'read' } : { kind: 'add', by: dice.pick([1, 1, -1]) }),
      answers: (dice): CountOutput =>
        dice.chance(0.5) ? { kind: 'done' } : { kind: 'count', count: dice.between(-1, 2) },
    });
  });

  test.each(seeds)('a unique key, seed %i', (seed) => {
    compare(uniqueModel(null), {
      seed,
      draw: (dice) => {
        const kind = dice.pick(['read', 'claim', 'claim', 'release'] as const);
        return kind === 'read' ? { kind } : { kind, id: dice.pick(['x', 'y']) };
      },
      answers: (dice) =>
        dice.pick([{ kind: 'done' }, { kind: 'refused' }, { kind: 'owner', id: dice.pick([null, 'x', 'y']) }]),
    });
  });
});

test('100,000 operations on 1,000 keys take seconds', () => {
  const dice = new Dice(7);
  const operations = Array.from({ length: 1_000 }, (_, key) =>
    played(register, {
      dice: dice.fork(),
      operations: 100,
      draw: (own, place): RegisterInput =>
        own.chance(0.5)
          ? { kind: 'read' }
          : own.chance(0.5)
            ? { kind: 'write', value: `${place}` }
            : { kind: 'change', value: `${place}`, expected: `${Math.max(0, place - own.between(1, 4))}` },
      answers: (own, state): RegisterOutput =>
        own.pick([{ kind: 'written' }, { kind: 'conflict' }, { kind: 'value', value: state }]),
      spoilt: 0,
    }).map((operation) => ({ ...operation, key: String(key) })),
  ).flat();
  const started = process.cpuUsage();
  expect(checkByKey(register, operations, { keyOf: ({ key }) => key }).kind).toBe('linearizable');
  const used = process.cpuUsage(started);
  expect(operations).toHaveLength(100_000);
  expect((used.user + used.system) / 1_000).toBeLessThan(10_000);
});

const historiesPerSeed = 400;
const answerTriesMax = 40;

interface Drawing<Input, Output> {
  readonly seed: number;
  readonly draw: (dice: Dice) => Input;
  readonly answers: (dice: Dice) => Output;
}

/** Half of the histories are played on a real state and then perhaps spoilt, the others are drawn answer by answer. */
function compare<State, Input, Output>(model: Model<State, Input, Output>, drawing: Drawing<Input, Output>): void {
  const dice = new Dice(drawing.seed);
  const verdicts = { linearizable: 0, 'not-linearizable': 0, undecided: 0 };
  for (let nth = 0; nth < historiesPerSeed; nth++) {
    const operations = dice.between(2, 6);
    const history = dice.chance(0.5)
      ? played(model, { dice, operations, draw: drawing.draw, answers: drawing.answers, spoilt: 0.05 })
      : Array.from({ length: operations }, () => drawn(dice, drawing));
    const { kind } = checkHistory(model, history);
    verdicts[kind] += 1;
    expect(kind, JSON.stringify(history)).toBe(isExplained(model, history) ? 'linearizable' : 'not-linearizable');
  }
  // Else it compares nothing.
  expect(verdicts.linearizable).toBeGreaterThan(historiesPerSeed / 20);
  expect(verdicts['not-linearizable']).toBeGreaterThan(historiesPerSeed / 20);
}

function drawn<Input, Output>(dice: Dice, { draw, answers }: Drawing<Input, Output>): Operation<Input, Output> {
  const invoke = dice.below(12);
  const isEndless = dice.chance(0.2);
  return {
    input: draw(dice),
    output: isEndless || dice.chance(0.1) ? null : answers(dice),
    invoke,
    return: isEndless ? Infinity : invoke + 1 + dice.below(6),
  };
}

/** Operations that happen one after the other on a real state, each somewhere between an earlier invocation and a later return. */
function played<State, Input, Output>(
  model: Model<State, Input, Output>,
  play: {
    readonly dice: Dice;
    readonly operations: number;
    readonly draw: (dice: Dice, place: number) => Input;
    /** Answers to try, until one fits. */
    readonly answers: (dice: Dice, state: State) => Output;
    /** The chance that an answer is another than what happened. */
    readonly spoilt: number;
  },
): readonly Operation<Input, Output>[] {
  const { dice, answers } = play;
  let { initial: state } = model;
  return Array.from({ length: play.operations }, (_, place): Operation<Input, Output> => {
    const input = play.draw(dice, place);
    let output: Output | null = null;
    for (let tries = dice.chance(0.9) ? answerTriesMax : 0; tries > 0 && output === null; tries--) {
      const answer = answers(dice, state);
      const [next] = model.step(state, input, answer);
      if (next === undefined) continue;
      state = next;
      output = answer;
    }
    if (output !== null && dice.chance(play.spoilt)) output = answers(dice, state);
    const at = place * 4;
    const end = output === null ? Infinity : at + 1 + dice.below(10);
    return { input, output, invoke: at - dice.below(10), return: end };
  });
}

/** Every order, one operation after the other: the next may be any that was invoked before all others that are left returned. */
function isExplained<State, Input, Output>(
  model: Model<State, Input, Output>,
  operations: readonly Operation<Input, Output>[],
  state: State = model.initial,
): boolean {
  if (operations.every((each) => each.return === Infinity)) return true;
  const earliest = Math.min(...operations.map((each) => each.return));
  return operations.some(
    (each) =>
      each.invoke <= earliest &&
      model.step(state, each.input, each.output).some((next) =>
        isExplained(
          model,
          operations.filter((other) => other !== each),
          next,
        ),
      ),
  );
}
