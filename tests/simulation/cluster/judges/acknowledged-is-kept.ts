import { Violation } from '#tests/simulation/evidence.ts';
import type { CommandRecord } from '#server/graph/log-payload.ts';
import type { ClusterHearing, ClusterJudge, MutationTold } from './cluster-hearing.ts';

/** Whatever a client was told of a commit is in the committed log, at that index, with that key and that result. */
export class AcknowledgedIsKept implements ClusterJudge {
  readonly property = 'acknowledged is kept';

  hear(hearing: ClusterHearing): void {
    for (const told of hearing.mutationsTold) {
      const { answer } = told;
      if (answer.kind !== 'done' && answer.kind !== 'refused') continue;
      if (answer.index === null) continue;
      const record = this.#recordOf(hearing, told, answer.index);
      if (record.hash !== told.hash) throw this.#violation(told, `the log holds another command at ${answer.index}`);
      if (saysTheSame(record, answer)) continue;
      throw this.#violation(
        told,
        `was told ${JSON.stringify(answer)}, and the log holds ${JSON.stringify(record.outcome)}`,
      );
    }
  }

  #recordOf({ graph }: ClusterHearing, told: MutationTold, index: number): CommandRecord {
    const payload = graph.entryAt(index as typeof graph.index)?.payload;
    const record = payload?.kind === 'mutations' ? payload.records.find(({ key }) => key === told.key) : undefined;
    if (record === undefined)
      throw this.#violation(told, `was told of a commit at ${index}, where the log does not hold it`);
    return record;
  }

  #violation({ key, node }: MutationTold, what: string): Violation {
    return new Violation(this.property, `the client of key ${key} at ${node}: ${what}`);
  }
}

function saysTheSame({ outcome }: CommandRecord, answer: MutationTold['answer']): boolean {
  if (outcome.kind === 'done' && answer.kind === 'done')
    return JSON.stringify(outcome.results) === JSON.stringify(answer.results);
  return outcome.kind === 'refused' && answer.kind === 'refused' && outcome.code === answer.code;
}
