// Makes of a history that no order explains the smallest part of it that no order explains, as text.
import type { Model, Operation } from './linearizability.ts';

/** Each try is a whole check of a part; a long history is then told with more operations than needed. */
const triesMax = 300;
const linesMax = 40;
const othersMax = 10;

export interface Wrong<State, Input, Output> {
  /** The first that cannot have returned as it did. */
  readonly operation: Operation<Input, Output>;
  /** What the state may have been before it. */
  readonly states: readonly State[];
  readonly isWrong: (operations: readonly Operation<Input, Output>[]) => boolean;
}

export function explainedBy<State, Input, Output>(
  model: Model<State, Input, Output>,
  operations: readonly Operation<Input, Output>[],
  wrong: Wrong<State, Input, Output>,
): string {
  const { operation, states } = wrong;
  const core = smallest(model, upTo(operations, operation), wrong);
  const certain = core.filter((each) => each.return !== Infinity || each.output !== null);
  const unknown = core.filter((each) => !certain.includes(each));
  const lines = certain.sort((a, b) => a.invoke - b.invoke).map((each) => `  ${told(each)}`);
  return [
    `${told(operation)} cannot have happened: the state could only be ${states.map((state) => model.stateKey(state)).join(' or ')}`,
    'no order of these explains what they answered:',
    ...lines.slice(-linesMax),
    ...(unknown.length === 0 ? [] : [`whatever of ${unknown.length} others took effect, and when, such as:`]),
    ...unknown.slice(-othersMax).map((each) => `  from ${each.invoke} on ${JSON.stringify(each.input)}`),
  ].join('\n');
}

function told<Input, Output>({ input, output, invoke, return: end }: Operation<Input, Output>): string {
  return `${invoke}–${end} ${JSON.stringify(input)} → ${JSON.stringify(output)}`;
}

/** What happened after the contradiction does not matter to it. */
function upTo<Input, Output>(
  operations: readonly Operation<Input, Output>[],
  last: Operation<Input, Output>,
): readonly Operation<Input, Output>[] {
  return operations
    .filter(({ invoke }) => invoke <= last.return)
    .map((each) => (each.return > last.return ? { ...each, return: Infinity, output: null } : each));
}

/**
 * To forget what an operation answered and when only allows more: what stays contradictory then was so before. A read of which
 * nothing is known says nothing at all.
 */
function smallest<State, Input, Output>(
  model: Model<State, Input, Output>,
  operations: readonly Operation<Input, Output>[],
  { isWrong, operation: last }: Wrong<State, Input, Output>,
): Operation<Input, Output>[] {
  let core = [...operations];
  let tries = 0;
  for (let stretch = Math.ceil(core.length / 2); stretch >= 1 && tries < triesMax; stretch = Math.floor(stretch / 2)) {
    for (let from = 0; from < core.length && tries < triesMax;) {
      const part = new Set(
        core.slice(from, from + stretch).filter((each) => each !== last && each.return !== Infinity),
      );
      const without = core
        .filter((each) => !(part.has(each) && model.isRead(each.input, null)))
        .map((each) => (part.has(each) ? { ...each, return: Infinity, output: null } : each));
      tries += part.size > 0 ? 1 : 0;
      if (part.size > 0 && isWrong(without)) core = without;
      else from += stretch;
    }
  }
  return core.filter((each) => each.return !== Infinity || !model.isRead(each.input, null));
}
