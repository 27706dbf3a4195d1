import { Violation } from '#tests/simulation/evidence.ts';
import type { ClusterHearing, ClusterJudge, StatusTold } from './cluster-hearing.ts';

/**
 * Who asks what became of a mutation is told what the log holds: of a commit, that it is there, and not UNKNOWN once anybody was told of
 * it. Only asked about keys that are remembered for longer than a run.
 */
export class StatusTellsTheLog implements ClusterJudge {
  readonly property = 'status tells what is in the log';

  hear(hearing: ClusterHearing): void {
    for (const told of hearing.statusesTold) {
      const { status, recorded } = told.answer;
      if (status === 'EXPIRED') throw this.#violation(told, 'and no key has expired');
      if (status === 'UNKNOWN' && told.wasSettled) throw this.#violation(told, 'and a client knew of its commit');
      if (status === 'UNKNOWN') continue;
      const payload = recorded === null ? null : hearing.graph.entryAt(recorded.index)?.payload;
      const record = payload?.kind === 'mutations' ? payload.records.find(({ key }) => key === told.key) : undefined;
      const wanted = status === 'COMMITTED' ? 'done' : 'refused';
      if (record?.outcome.kind !== wanted)
        throw this.#violation(told, `and at ${recorded?.index} the log holds ${JSON.stringify(record?.outcome)}`);
    }
  }

  #violation({ answer, key, node }: StatusTold, what: string): Violation {
    return new Violation(this.property, `${node} says ${answer.status} of the key ${key}, ${what}`);
  }
}
