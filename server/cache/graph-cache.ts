import type { CacheKey, CacheValue, ListStretch } from '#server/graph/cache-key.ts';
import { associationsFrom } from '#server/graph/declared-associations.ts';
import type { Declarations } from '#server/graph/declarations.ts';
import type { Effect } from '#server/graph/effect.ts';
import type { Association, Entity } from '#server/graph/entity.ts';
import { assert } from '#server/graph/errors.ts';
import type { GraphView } from '#server/graph/evaluate-port.ts';
import type { AssociationType, EntityId, EntityType, LogIndex } from '#server/graph/identifiers.ts';
import type { AppliedEntry } from '#server/graph/log-payload.ts';
import { CacheRecords } from './cache-records.ts';
import { marks } from './record-table.ts';
import { rollForward } from './roll-forward.ts';
import { Tail } from './tail.ts';

const emptyStretch: ListStretch = { edges: [], complete: true };

/** A value and the index it is true at. */
export interface LabelledValue {
  readonly value: CacheValue;
  readonly label: LogIndex;
}

export interface CacheStats {
  readonly entries: number;
  readonly bytes: number;
  readonly hits: number;
  readonly misses: number;
}

/**
 * What a node remembers of the graph, kept true by the log. Invariant (rule 5 of the design): every cached value is what replaying the log
 * up to max(label, P) gives for its key, where P is the applied index. Values are rolled forward with every entry, so only those that a
 * fill brought from ahead of P have a label to be kept; all others are true at P.
 *
 * A look-up answers what is true at P: a value, null for known absence, undefined for a miss. A value from ahead is a miss until P reaches
 * its label, so what a reader finds in one turn is the graph at one index.
 */
export class GraphCache implements GraphView {
  readonly tail: Tail;
  readonly #declarations: Declarations;
  readonly #records: CacheRecords;
  /** Of records marked as ahead. Invariant: each is greater than P. */
  readonly #labels = new Map<number, LogIndex>();
  #appliedIndex: LogIndex;
  #hits = 0;
  #misses = 0;

  /** Begins empty, at `horizon`: the index before the first entry that will be applied. */
  constructor(options: { readonly bytesMax: number; readonly declarations: Declarations; readonly horizon: LogIndex }) {
    const { bytesMax, declarations, horizon } = options;
    this.tail = new Tail(horizon);
    this.#appliedIndex = horizon;
    this.#declarations = declarations;
    this.#records = new CacheRecords({ bytesMax, declarations, onForgotten: (record) => this.#labels.delete(record) });
  }

  /** P. */
  get appliedIndex(): LogIndex {
    return this.#appliedIndex;
  }

  /** H: fills with an older label cannot be accepted. */
  get horizon(): LogIndex {
    return this.tail.horizon;
  }

  stats(): CacheStats {
    const { size: entries, bytes } = this.#records;
    return { entries, bytes, hits: this.#hits, misses: this.#misses };
  }

  entity(id: EntityId): Entity | null | undefined {
    return this.#counted(this.#entity(id));
  }

  unique(type: EntityType, key: string): EntityId | null | undefined {
    return this.#counted(this.#unique(type, key));
  }

  association(from: EntityId, type: AssociationType, to: EntityId): Association | null | undefined {
    return this.#counted(this.#association(from, type, to));
  }

  count(from: EntityId, type: AssociationType): number | undefined {
    return this.#counted(this.#count(from, type));
  }

  /** The newest `length` edges, or all of them, when the stretch that is held reaches so far. */
  list(from: EntityId, type: AssociationType, length: number): ListStretch | undefined {
    return this.#counted(this.#list(from, type, length));
  }

  /** The next committed entry. Rolls forward what it touches, then P becomes its index. `bytes`: of its data in the log. */
  apply(entry: AppliedEntry, bytes: number): void {
    assert(entry.index === this.#appliedIndex + 1, `entry ${entry.index} applied after ${this.#appliedIndex}`);
    this.tail.append(entry, bytes);
    if (entry.payload?.kind === 'mutations') {
      for (const { effects } of entry.payload.records) for (const effect of effects) this.#roll(effect);
    }
    this.#appliedIndex = entry.index;
    this.#reachLabels();
    this.#records.makeRoom();
  }

  /**
   * A value that a source says is true at `label` (rule 2). Rolled forward to P where it is behind. False when it cannot be made
   * true here, or tells nothing: ask again, for a later label.
   */
  fill(key: CacheKey, value: CacheValue, label: LogIndex): boolean {
    const rolled = this.rollForward({ key, value, from: label });
    if (rolled === undefined) return false;
    const found = this.#records.recordOf(key);
    const isNews = found < 0 || this.#records.has(found, marks.ahead) || this.#saysMore(rolled, found);
    const record = isNews ? this.#records.put(key, rolled) : found;
    if (record < 0) return false;
    if (isNews) this.#setLabel(record, label);
    this.#records.makeRoom();
    return true;
  }

  /** A value true at `from` as it is at P; one from ahead stays as it is. Undefined when the tail does not reach back to `from`. */
  rollForward(options: {
    readonly key: CacheKey;
    readonly value: CacheValue;
    readonly from: LogIndex;
  }): CacheValue | undefined {
    const { key, value, from } = options;
    if (from < this.horizon) return undefined;
    return from >= this.#appliedIndex ? value : rollForward(key, value, this.tail.touched(key, from));
  }

  /** For answering another node's fill: what is cached, and max(label, P), taken in the same turn. A list: as long as asked, or all. */
  valueAt(key: CacheKey): LabelledValue | undefined {
    const value = this.#valueAtApplied(key);
    if (value !== undefined) return { value, label: this.#appliedIndex };
    const record = this.#records.recordOf(key);
    const label = this.#labels.get(record);
    if (label === undefined || (key.kind === 'list' && !this.#reaches(record, key.length))) return undefined;
    return { value: this.#records.valueAt(record, key.kind === 'list' ? key.length : undefined), label };
  }

  /** The index at which look-ups will answer: P when they do now, later for a value from ahead, undefined for a miss. */
  labelOf(key: CacheKey): LogIndex | undefined {
    return this.valueAt(key)?.label;
  }

  /** A snapshot, or a gap in the log: forget everything, and go on after `horizon`. */
  clear(horizon: LogIndex): void {
    this.#records.clear();
    this.#labels.clear();
    this.tail.clear(horizon);
    this.#appliedIndex = horizon;
  }

  /** Everything that is cached, for judges. */
  *cachedValues(): Generator<LabelledValue & { readonly key: CacheKey }> {
    for (const record of this.#records.records()) {
      const label = this.#labels.get(record) ?? this.#appliedIndex;
      yield { key: this.#records.keyOf(record), value: this.#records.valueAt(record), label };
    }
  }

  /** For tests: walks through everything. */
  assertInvariants(): void {
    this.#records.assertInvariants();
    for (const label of this.#labels.values()) {
      assert(label > this.#appliedIndex, `the label ${label} was reached at ${this.#appliedIndex}`);
    }
  }

  #counted<Value>(value: Value | undefined): Value | undefined {
    if (value === undefined) this.#misses += 1;
    else this.#hits += 1;
    return value;
  }

  /** The record, if it is there and true at P. */
  #reached(record: number): boolean {
    if (record < 0 || this.#records.has(record, marks.ahead)) return false;
    this.#records.used(record);
    return true;
  }

  #entity(id: EntityId): Entity | null | undefined {
    const record = this.#records.entityRecord(id);
    return this.#reached(record) ? this.#records.entityAt(record) : undefined;
  }

  #unique(type: EntityType, key: string): EntityId | null | undefined {
    const record = this.#records.uniqueRecord(type, key);
    return this.#reached(record) ? this.#records.uniqueAt(record) : undefined;
  }

  /** From its own record, or from its list: there in the stretch, or absent from a complete one. */
  #association(from: EntityId, type: AssociationType, to: EntityId): Association | null | undefined {
    const record = this.#records.associationRecord(from, type, to);
    if (this.#reached(record)) return this.#records.associationAt(record);
    const list = this.#records.listRecord(from, type);
    if (!this.#reached(list)) return undefined;
    return this.#records.edgeAt(list, to) ?? (this.#records.isComplete(list) ? null : undefined);
  }

  #count(from: EntityId, type: AssociationType): number | undefined {
    const record = this.#records.countRecord(from, type);
    if (this.#reached(record)) return this.#records.countAt(record);
    const list = this.#records.listRecord(from, type);
    return list >= 0 && this.#records.isComplete(list) && this.#reached(list)
      ? this.#records.lengthAt(list)
      : undefined;
  }

  #list(from: EntityId, type: AssociationType, length: number): ListStretch | undefined {
    const record = this.#records.listRecord(from, type);
    if (record < 0 || !this.#reaches(record, length) || !this.#reached(record)) return undefined;
    return this.#records.stretchAt(record, length);
  }

  #reaches(record: number, length: number): boolean {
    return this.#records.isComplete(record) || this.#records.lengthAt(record) >= length;
  }

  #valueAtApplied(key: CacheKey): CacheValue | undefined {
    switch (key.kind) {
      case 'entity': {
        const entity = this.#entity(key.id);
        return entity === undefined ? undefined : { kind: 'entity', entity };
      }
      case 'unique': {
        const id = this.#unique(key.type, key.key);
        return id === undefined ? undefined : { kind: 'unique', id };
      }
      case 'association': {
        const association = this.#association(key.from, key.type, key.to);
        return association === undefined ? undefined : { kind: 'association', association };
      }
      case 'count': {
        const count = this.#count(key.from, key.type);
        return count === undefined ? undefined : { kind: 'count', count };
      }
      case 'list': {
        const stretch = this.#list(key.from, key.type, key.length);
        return stretch === undefined ? undefined : { kind: 'list', stretch };
      }
    }
  }

  /** Rule 3. A record that is still marked as ahead has a label of at least the entry's index, so it holds this effect already. */
  #roll(effect: Effect): void {
    switch (effect.kind) {
      case 'entity-put':
        return this.#rollEntity(effect);
      case 'entity-removed':
        return this.#rollTo(this.#records.entityRecord(effect.id), (records) => records.putEntity(effect.id, null));
      case 'key-put': {
        const record = this.#records.uniqueRecord(effect.type, effect.key);
        if (record < 0 || !this.#records.has(record, marks.ahead))
          this.#records.putUnique(effect.type, effect.key, effect.id);
        return;
      }
      case 'key-removed': {
        const record = this.#records.uniqueRecord(effect.type, effect.key);
        return this.#rollTo(record, (records) => records.putUnique(effect.type, effect.key, null));
      }
      case 'association-put':
        return this.#rollEdge(effect.association, effect.association);
      case 'association-removed':
        return this.#rollEdge(effect, null);
      case 'count-put':
        return this.#rollCount(effect);
    }
  }

  #rollTo(record: number, roll: (records: CacheRecords) => void): void {
    if (record >= 0 && !this.#records.has(record, marks.ahead)) roll(this.#records);
  }

  /** An entity that this entry made has no edges, which is worth knowing: whoever made it adds some next. */
  #rollEntity(effect: Extract<Effect, { kind: 'entity-put' }>): void {
    const { entity, created } = effect;
    const records = this.#records;
    const record = records.entityRecord(entity.id);
    if (record < 0 ? created : !records.has(record, marks.ahead)) records.putEntity(entity.id, entity);
    if (!created) return;
    for (const { type } of associationsFrom(this.#declarations, entity.type)) {
      if (records.countRecord(entity.id, type) < 0) records.putCount(entity.id, type, 0);
      if (records.listRecord(entity.id, type) < 0) records.putList(entity.id, type, emptyStretch);
    }
  }

  /**
   * Whoever leads looks at a count to change it. Here it is kept as if it had been looked at too, and so are the entities at both ends of an
   * edge: so the next leader finds what people write to, and need not wait for the database.
   */
  #rollCount({ from, type, count }: Extract<Effect, { kind: 'count-put' }>): void {
    const record = this.#records.countRecord(from, type);
    if (record >= 0 && this.#records.has(record, marks.ahead)) return;
    this.#records.putCount(from, type, count);
    if (record >= 0) this.#records.used(record);
    const entity = this.#records.entityRecord(from);
    if (entity >= 0) this.#records.used(entity);
  }

  #rollEdge(
    edge: { readonly from: EntityId; readonly type: AssociationType; readonly to: EntityId },
    association: Association | null,
  ): void {
    const { from, type, to } = edge;
    this.#rollTo(this.#records.associationRecord(from, type, to), (records) =>
      records.putAssociation(edge, association),
    );
    const list = this.#records.listRecord(from, type);
    this.#rollTo(list, (records) => {
      if (association === null) records.removeEdge(list, to);
      else records.putEdge(list, association);
    });
  }

  /** Whether a value true at P tells more than what is cached, which is true at P too. Only of lists there can be more or less. */
  #saysMore(value: CacheValue, record: number): boolean {
    if (value.kind !== 'list' || this.#records.isComplete(record)) return false;
    return value.stretch.complete || value.stretch.edges.length > this.#records.lengthAt(record);
  }

  #setLabel(record: number, label: LogIndex): void {
    const isAhead = label > this.#appliedIndex;
    this.#records.mark(record, marks.ahead, isAhead);
    if (isAhead) this.#labels.set(record, label);
    else this.#labels.delete(record);
  }

  #reachLabels(): void {
    for (const [record, label] of this.#labels) {
      if (label > this.#appliedIndex) continue;
      this.#records.mark(record, marks.ahead, false);
      this.#labels.delete(record);
    }
  }
}
