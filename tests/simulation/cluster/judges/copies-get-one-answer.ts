import { Violation } from '#tests/simulation/evidence.ts';
import type { ClusterHearing, ClusterJudge, MutationTold } from './cluster-hearing.ts';

type Answer = MutationTold['answer'];

/**
 * All copies of one command are told the same commit, with the same result or the same refusal: a refusal that depends on the graph is a
 * result too, and names its commit.
 */
export class CopiesGetOneAnswer implements ClusterJudge {
  readonly property = 'copies get one answer';
  readonly #answers = new Map<string, Answer>();

  hear({ mutationsTold }: ClusterHearing): void {
    for (const { key, hash, node, answer } of mutationsTold) {
      const isRefusal = answer.kind === 'refused' ? answer.index === null : isOfTheGraph(answer);
      if (isRefusal && 'code' in answer)
        throw new Violation(this.property, `${node} refuses key ${key} with ${answer.code} and names no commit`);
      if (answer.kind === 'unknown' || answer.kind === 'rejected') continue;
      const name = `${key} ${hash}`;
      const before = this.#answers.get(name);
      if (before === undefined) this.#answers.set(name, answer);
      else if (textOf(before) !== textOf(answer))
        throw new Violation(this.property, `key ${key} was told ${textOf(before)}, and a copy ${textOf(answer)}`);
    }
  }
}

/** Only the graph can say so, at some commit. */
function isOfTheGraph(answer: Answer): boolean {
  return answer.kind === 'rejected' && (answer.code === 'CONFLICT' || answer.code === 'NOT_FOUND');
}

function textOf(answer: Answer): string {
  return JSON.stringify(answer, Object.keys(answer).toSorted().concat('id', 'type', 'changed'));
}
