import type { CacheKey } from '#server/graph/cache-key.ts';
import type { Declarations } from '#server/graph/declarations.ts';
import { effectKey } from '#server/graph/effect-key.ts';
import type { Effect } from '#server/graph/effect.ts';
import { assert } from '#server/graph/errors.ts';
import { KeysMissing } from '#server/graph/evaluate-port.ts';
import type { GraphView } from '#server/graph/evaluate-port.ts';
import { evaluate } from '#server/graph/evaluate.ts';
import type { Evaluation } from '#server/graph/evaluate.ts';
import { GraphOverlay } from '#server/graph/graph-overlay.ts';
import { idsPerEntryMax } from '#server/graph/identifiers.ts';
import type { EntityId, LogIndex, NodeId, TimeMs } from '#server/graph/identifiers.ts';
import type { CommandRequest } from '#server/graph/command.ts';
import type { CommandRecord } from '#server/graph/log-payload.ts';
import { PayloadEncoder } from './payload-codec.ts';

/** Of one record: an entry must fit a frame between nodes with room to spare, and must not keep every node busy for long. */
const recordBytesMax = 4 * 1024 * 1024;

export interface BatchOptions {
  /** The place and date of the entry that the batch will be. */
  readonly index: LogIndex;
  readonly time: TimeMs;
  readonly leader: NodeId;
  readonly declarations: Declarations;
  readonly commandsMax: number;
  readonly bytesMax: number;
}

/** `full`: it belongs into the next batch. */
export type Added =
  { readonly kind: 'added' | 'full' } | { readonly kind: 'missing'; readonly keys: readonly CacheKey[] };

/** Commands evaluated one after the other on the end of the log, each on top of those before it. Nothing in it waits. */
export class Batch {
  readonly records: CommandRecord[] = [];
  readonly #options: BatchOptions;
  readonly #encoder: PayloadEncoder;
  readonly #overlay: GraphOverlay;
  /** What the command under evaluation brought along; the cache lies beneath it. */
  #base: GraphView | null = null;
  #places = 0;
  readonly #changed = new Set<string>();

  constructor(options: BatchOptions) {
    this.#options = options;
    this.#encoder = new PayloadEncoder(options);
    const base = (): GraphView => {
      assert(this.#base !== null, 'a batch looks at the graph only while it evaluates');
      return this.#base;
    };
    this.#overlay = new GraphOverlay({
      entity: (id) => base().entity(id),
      unique: (type, key) => base().unique(type, key),
      association: (from, type, to) => base().association(from, type, to),
      count: (from, type) => base().count(from, type),
      list: (from, type, length) => base().list(from, type, length),
    });
  }

  get size(): number {
    return this.records.length;
  }

  add({ idempotencyKey: key, hash, command }: CommandRequest, view: GraphView): Added {
    const { index, time: now, declarations, commandsMax, bytesMax } = this.#options;
    const isFirst = this.records.length === 0;
    const creates = command.operations.filter((operation) => operation.kind === 'create-entity').length;
    if (!isFirst && (this.size >= commandsMax || this.#places + creates > idsPerEntryMax)) return { kind: 'full' };
    const places = this.#places;
    this.#base = view;
    let evaluation: Evaluation;
    try {
      const nextId = (): EntityId => this.#nextId();
      evaluation = evaluate({ view: this.#overlay, command, key, now, index, nextId, declarations });
    } catch (error) {
      this.#places = places;
      if (error instanceof KeysMissing) return { kind: 'missing', keys: error.keys };
      throw error;
    } finally {
      this.#base = null;
    }
    if (evaluation.outcome.kind === 'refused') this.#places = places;
    // Two changes of one entity in an entry would have the same version: the first command would be answered with the second's work.
    const changed = evaluation.effects.filter(isAnswered).map(effectKey);
    let packed = this.#encoder.pack({ key, hash, ...evaluation });
    if (packed.length > recordBytesMax) {
      this.#places = places;
      const message = `the command changes ${packed.length} bytes of the graph at once, ${recordBytesMax} are allowed`;
      evaluation = { outcome: { kind: 'refused', code: 'TOO_LARGE', message }, effects: [] };
      packed = this.#encoder.pack({ key, hash, ...evaluation });
    } else if (
      !isFirst &&
      (changed.some((row) => this.#changed.has(row)) || this.#encoder.bytes + packed.length > bytesMax)
    ) {
      this.#places = places;
      return { kind: 'full' };
    }
    for (const row of changed) this.#changed.add(row);
    this.#overlay.apply(evaluation.effects);
    this.#encoder.add(packed);
    this.records.push({ key, hash, ...evaluation });
    return { kind: 'added' };
  }

  encode(): Uint8Array {
    return this.#encoder.finish();
  }

  #nextId(): EntityId {
    const place = this.#places;
    assert(place < idsPerEntryMax, `entry ${this.#options.index} has given out ${place} ids`);
    this.#places += 1;
    return (this.#options.index * idsPerEntryMax + place) as EntityId;
  }
}

/** Counts change with every edge, and an answer may show a later one; what it shows of entities and edges must be its own. */
function isAnswered(effect: Effect): boolean {
  return effect.kind !== 'count-put';
}
