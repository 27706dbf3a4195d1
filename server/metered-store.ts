import type { GraphStore } from '#server/graph/store-port.ts';
import type { Metrics } from '#server/observability/metrics.ts';

type StatementKind = Parameters<Metrics['database']['error']>[0];

/** A store whose calls are counted and timed. */
export function meteredStore(store: GraphStore, metrics: Metrics['database']): GraphStore {
  const timed = async <Value>(kind: StatementKind, call: () => Promise<Value>): Promise<Value> => {
    const started = performance.now();
    try {
      return await call();
    } catch (error) {
      metrics.error(kind);
      throw error;
    } finally {
      metrics.statement(kind, performance.now() - started);
    }
  };
  return {
    get kind() {
      return store.kind;
    },
    get statements() {
      return store.statements;
    },
    open: () => store.open(),
    claim: (claim) => timed('takeover', () => store.claim(claim)),
    materialize: async (write) => {
      await timed('materialize', () => store.materialize(write));
      metrics.materialized(write.entries.length);
    },
    read: (request) => timed('read', () => store.read(request)),
    close: () => store.close(),
  };
}
