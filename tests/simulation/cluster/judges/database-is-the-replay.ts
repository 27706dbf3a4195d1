import { Violation } from '#tests/simulation/evidence.ts';
import type { LogIndex } from '#server/graph/identifiers.ts';
import { keysTouched } from './committed-graph.ts';
import type { ClusterHearing, ClusterJudge } from './cluster-hearing.ts';
import { contradiction } from './same-value.ts';

/**
 * The database holds what replaying the committed log up to its materialized index gives, of rows and of idempotency keys: never more
 * than is committed, whatever it lost and got again. Looks at what a transaction wrote, and at everything in a sweep.
 */
export class DatabaseIsTheReplay implements ClusterJudge {
  readonly property = 'the database is the replay';

  hear(hearing: ClusterHearing): void {
    const { graph, database, databaseWrites, isSweep } = hearing;
    const { mark } = database;
    if (mark === null || (!isSweep && databaseWrites.length === 0)) return;
    if (mark.index > graph.index)
      throw new Violation(this.property, `it is at ${mark.index}, and ${graph.index} is committed`);
    const entry = graph.entryAt(mark.index);
    if (entry !== undefined && entry.term !== mark.term)
      throw new Violation(
        this.property,
        `it holds entry ${mark.index} of term ${mark.term}, committed was ${entry.term}`,
      );
    if (isSweep) this.#sweep(hearing, mark.index);
    else for (const { after } of databaseWrites) this.#lookAtNews(hearing, { after, index: mark.index });
  }

  atEnd(hearing: ClusterHearing): void {
    this.hear({ ...hearing, isSweep: true });
  }

  #sweep({ graph, database }: ClusterHearing, index: LogIndex): void {
    for (const key of graph.keys()) {
      const wrong = contradiction(graph, { key, value: database.value(key), index });
      if (wrong !== null) throw new Violation(this.property, `of the database, ${wrong}`);
    }
  }

  #lookAtNews(
    { graph, database }: ClusterHearing,
    write: { readonly after: LogIndex; readonly index: LogIndex },
  ): void {
    for (let place = write.after + 1; place <= write.index; place++) {
      const payload = graph.entryAt(place as LogIndex)?.payload;
      if (payload?.kind !== 'mutations') continue;
      for (const { key, effects } of payload.records) {
        for (const touched of effects.flatMap(keysTouched)) {
          const long = touched.kind === 'list' ? { ...touched, length: Number.MAX_SAFE_INTEGER } : touched;
          const wrong = contradiction(graph, { key: long, value: database.value(long), index: write.index });
          if (wrong !== null) throw new Violation(this.property, `of the database, ${wrong}`);
        }
        if (database.mutation(key) === null && payload.time >= graph.expiredBefore(write.index))
          throw new Violation(this.property, `it is at ${write.index} and does not know the key ${key} of ${place}`);
      }
    }
  }
}
