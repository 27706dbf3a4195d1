import { GraphError } from '#server/graph/errors.ts';
import type { LogIndex } from '#server/graph/identifiers.ts';

/** One event of a subscription: what is answered for it includes the commit `atLeast` (0: it is not about a commit). */
export interface StreamEvent<Value> {
  readonly value: Value;
  readonly atLeast: LogIndex;
}

/** Thrown by the source of a subscription: the client is told why, and the stream ends. */
export class StreamEnd extends GraphError {}
