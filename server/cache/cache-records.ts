import type { CacheKey, CacheValue, ListStretch } from '#server/graph/cache-key.ts';
import type { Declarations } from '#server/graph/declarations.ts';
import type { Association, Entity } from '#server/graph/entity.ts';
import { assert } from '#server/graph/errors.ts';
import type { AssociationType, EntityId, EntityType } from '#server/graph/identifiers.ts';
import { EdgeLists } from './edge-lists.ts';
import { codeOf, kindOf, marks, recordBytes, recordKinds, RecordTable, typeNumberOf } from './record-table.ts';
import { S3Fifo } from './s3-fifo.ts';
import { TypeNumbers } from './type-numbers.ts';
import { entityBytes, propertiesBytes, textBytes } from './value-bytes.ts';
import { ValuePool } from './value-pool.ts';

/** The place in a pool, with its pointer. */
const placeBytes = 8;
/** Of an association kept as an object of its own, and of its entry in a Map. */
const presentBytes = 150;
/** What an entity's or a list's record has for a place when it has no value: absent, or empty. */
const nowhere = -1;

/**
 * What a node remembers, without asking whether it is true: values of every kind of key in records, bounded in bytes. A record is the
 * number that `recordOf` finds, or -1; it stays the same until the value is evicted or dropped.
 */
export class CacheRecords {
  readonly #types: TypeNumbers;
  readonly #texts = new ValuePool<string>();
  readonly #entities = new ValuePool<Entity>();
  readonly #lists = new EdgeLists();
  /** Single edges that are there; most that are asked for are not. */
  readonly #present = new Map<number, Association>();
  readonly #table = new RecordTable((place) => this.#texts.get(place));
  readonly #fifo: S3Fifo;

  readonly #onForgotten: (record: number) => void;

  /** `onForgotten`: a value was evicted or dropped; its number may come to mean another. */
  constructor(options: {
    readonly bytesMax: number;
    readonly declarations: Declarations;
    readonly onForgotten: (record: number) => void;
  }) {
    this.#types = new TypeNumbers(options.declarations);
    this.#onForgotten = options.onForgotten;
    this.#fifo = new S3Fifo({
      table: this.#table,
      bytesMax: options.bytesMax,
      owner: {
        bytesOf: (record) => this.bytesOf(record),
        evict: (record) => {
          this.#letGo(record);
          this.#onForgotten(record);
        },
      },
    });
  }

  get size(): number {
    return this.#table.size;
  }

  get bytes(): number {
    return this.#fifo.bytes;
  }

  entityRecord(id: EntityId): number {
    return this.#table.find(recordKinds.entity, id);
  }

  uniqueRecord(type: EntityType, key: string): number {
    const number = this.#types.entity(type);
    return number < 0 ? -1 : this.#table.findText(codeOf(recordKinds.unique, number), key);
  }

  associationRecord(from: EntityId, type: AssociationType, to: EntityId): number {
    const number = this.#types.association(type);
    return number < 0 ? -1 : this.#table.findPair(codeOf(recordKinds.association, number), from, to);
  }

  countRecord(from: EntityId, type: AssociationType): number {
    const number = this.#types.association(type);
    return number < 0 ? -1 : this.#table.find(codeOf(recordKinds.count, number), from);
  }

  listRecord(from: EntityId, type: AssociationType): number {
    const number = this.#types.association(type);
    return number < 0 ? -1 : this.#table.find(codeOf(recordKinds.list, number), from);
  }

  recordOf(key: CacheKey): number {
    switch (key.kind) {
      case 'entity':
        return this.entityRecord(key.id);
      case 'unique':
        return this.uniqueRecord(key.type, key.key);
      case 'association':
        return this.associationRecord(key.from, key.type, key.to);
      case 'count':
        return this.countRecord(key.from, key.type);
      case 'list':
        return this.listRecord(key.from, key.type);
    }
  }

  entityAt(record: number): Entity | null {
    const place = this.#second(record);
    return place === nowhere ? null : this.#entities.get(place);
  }

  uniqueAt(record: number): EntityId | null {
    const id = this.#first(record);
    return id === 0 ? null : (id as EntityId);
  }

  associationAt(record: number): Association | null {
    return this.has(record, marks.yes) ? (this.#present.get(record) ?? null) : null;
  }

  countAt(record: number): number {
    return this.#second(record);
  }

  isComplete(record: number): boolean {
    return this.has(record, marks.yes);
  }

  /** How many edges of a list are held. */
  lengthAt(record: number): number {
    return this.#lists.length(this.#second(record));
  }

  /** The newest edges; `length` of them at most. */
  stretchAt(record: number, length: number): ListStretch {
    const held = this.lengthAt(record);
    const edges = this.#lists.newest(this.#ownerOf(record), this.#second(record), length);
    return { edges, complete: this.isComplete(record) && length >= held };
  }

  /** An edge of a list, or null if the stretch does not hold it. */
  edgeAt(record: number, to: EntityId): Association | null {
    return this.#lists.edge(this.#ownerOf(record), this.#second(record), to);
  }

  has(record: number, mark: number): boolean {
    return (this.#table.marksOf(record) & mark) !== 0;
  }

  mark(record: number, mark: number, on: boolean): void {
    const before = this.#table.marksOf(record);
    this.#table.setMarks(record, on ? before | mark : before & ~mark);
  }

  /** Somebody has read it. */
  used(record: number): void {
    this.#fifo.used(record);
  }

  /** Adds or replaces. -1 when the type is not declared here, or when a list's stretch tells nothing. Evicts nothing yet. */
  put(key: CacheKey, value: CacheValue): number {
    switch (value.kind) {
      case 'entity':
        assert(key.kind === 'entity', 'an entity under another key');
        return this.putEntity(key.id, value.entity);
      case 'unique':
        assert(key.kind === 'unique', 'a unique key under another key');
        return this.putUnique(key.type, key.key, value.id);
      case 'association':
        assert(key.kind === 'association', 'an association under another key');
        return this.putAssociation(key, value.association);
      case 'count':
        assert(key.kind === 'count', 'a count under another key');
        return this.putCount(key.from, key.type, value.count);
      case 'list':
        assert(key.kind === 'list', 'a list under another key');
        return this.putList(key.from, key.type, value.stretch);
    }
  }

  putEntity(id: EntityId, entity: Entity | null): number {
    const record = this.#ensure(this.entityRecord(id), recordKinds.entity, 0, id, nowhere);
    const before = this.bytesOf(record);
    this.#letGo(record);
    this.#table.setSecond(record, entity === null ? nowhere : this.#entities.add(entity));
    return this.#resized(record, before);
  }

  putUnique(type: EntityType, key: string, id: EntityId | null): number {
    const number = this.#types.entity(type);
    if (number < 0) return -1;
    const found = this.uniqueRecord(type, key);
    const place = found < 0 ? this.#texts.add(key) : this.#second(found);
    const record = this.#ensure(found, recordKinds.unique, number, 0, place);
    this.#table.setFirst(record, id ?? 0);
    return record;
  }

  putAssociation(
    edge: { readonly from: EntityId; readonly type: AssociationType; readonly to: EntityId },
    association: Association | null,
  ): number {
    const { from, type, to } = edge;
    const number = this.#types.association(type);
    if (number < 0) return -1;
    const record = this.#ensure(this.associationRecord(from, type, to), recordKinds.association, number, from, to);
    const before = this.bytesOf(record);
    this.mark(record, marks.yes, association !== null);
    if (association === null) this.#present.delete(record);
    else this.#present.set(record, association);
    return this.#resized(record, before);
  }

  putCount(from: EntityId, type: AssociationType, count: number): number {
    const number = this.#types.association(type);
    if (number < 0) return -1;
    const record = this.#ensure(this.countRecord(from, type), recordKinds.count, number, from, count);
    this.#table.setSecond(record, count);
    return record;
  }

  putList(from: EntityId, type: AssociationType, stretch: ListStretch): number {
    const number = this.#types.association(type);
    if (number < 0 || (stretch.edges.length === 0 && !stretch.complete)) return -1;
    const record = this.#ensure(this.listRecord(from, type), recordKinds.list, number, from, nowhere);
    const before = this.bytesOf(record);
    this.#letGo(record);
    this.#table.setSecond(record, this.#lists.add(stretch.edges));
    this.mark(record, marks.yes, stretch.complete && this.lengthAt(record) === stretch.edges.length);
    return this.#resized(record, before);
  }

  /** Rolls a list forward by one edge that was put: in its place, unless that is past the end of what is known. */
  putEdge(record: number, association: Association): void {
    const before = this.bytesOf(record);
    const place = this.#second(record);
    const left = this.#lists.put(place, association, { complete: this.isComplete(record) });
    this.#table.setSecond(record, left.place);
    if (!left.complete) this.mark(record, marks.yes, false);
    this.#resized(record, before);
    this.#dropIfUnknown(record);
  }

  removeEdge(record: number, to: EntityId): void {
    const before = this.bytesOf(record);
    this.#table.setSecond(record, this.#lists.remove(this.#second(record), to));
    this.#resized(record, before);
    this.#dropIfUnknown(record);
  }

  /** Forgets a value. */
  drop(record: number): void {
    const before = this.bytesOf(record);
    this.#table.hide(record);
    this.#letGo(record);
    this.#onForgotten(record);
    this.mark(record, marks.dead, true);
    this.#resized(record, before);
  }

  makeRoom(): void {
    this.#fifo.makeRoom();
  }

  assertInvariants(): void {
    this.#fifo.assertInvariants();
  }

  clear(): void {
    this.#table.clear();
    this.#fifo.clear();
    this.#texts.clear();
    this.#entities.clear();
    this.#lists.clear();
    this.#present.clear();
  }

  /** Every record that can be found. */
  records(): Iterable<number> {
    return this.#table.records();
  }

  /** The key of a record; of a list, with the length that is held. */
  keyOf(record: number): CacheKey {
    const code = this.#table.codeOf(record);
    const first = this.#first(record) as EntityId;
    const second = this.#second(record);
    const number = typeNumberOf(code);
    switch (kindOf(code)) {
      case recordKinds.entity:
        return { kind: 'entity', id: first };
      case recordKinds.unique:
        return { kind: 'unique', type: this.#types.entityName(number), key: this.#texts.get(second) };
      case recordKinds.association:
        return { kind: 'association', from: first, type: this.#types.associationName(number), to: second as EntityId };
      case recordKinds.count:
        return { kind: 'count', from: first, type: this.#types.associationName(number) };
      default:
        return { kind: 'list', from: first, type: this.#types.associationName(number), length: this.lengthAt(record) };
    }
  }

  valueAt(record: number, length = Number.MAX_SAFE_INTEGER): CacheValue {
    switch (kindOf(this.#table.codeOf(record))) {
      case recordKinds.entity:
        return { kind: 'entity', entity: this.entityAt(record) };
      case recordKinds.unique:
        return { kind: 'unique', id: this.uniqueAt(record) };
      case recordKinds.association:
        return { kind: 'association', association: this.associationAt(record) };
      case recordKinds.count:
        return { kind: 'count', count: this.countAt(record) };
      default:
        return { kind: 'list', stretch: this.stretchAt(record, length) };
    }
  }

  /** Of a record with its value. */
  bytesOf(record: number): number {
    if (this.has(record, marks.dead)) return recordBytes;
    const second = this.#second(record);
    switch (kindOf(this.#table.codeOf(record))) {
      case recordKinds.entity:
        return recordBytes + (second === nowhere ? 0 : placeBytes + entityBytes(this.#entities.get(second)));
      case recordKinds.unique:
        return recordBytes + placeBytes + textBytes(this.#texts.get(second));
      case recordKinds.association: {
        const association = this.#present.get(record);
        return recordBytes + (association === undefined ? 0 : presentBytes + propertiesBytes(association.properties));
      }
      case recordKinds.list:
        return recordBytes + this.#lists.bytes(second);
      default:
        return recordBytes;
    }
  }

  #ensure(found: number, kind: number, typeNumber: number, first: number, second: number): number {
    if (found >= 0) return found;
    const record = this.#table.add(codeOf(kind, typeNumber), first, second);
    this.#fifo.added(record);
    return record;
  }

  #resized(record: number, before: number): number {
    const change = this.bytesOf(record) - before;
    if (change !== 0) this.#fifo.resized(record, change);
    return record;
  }

  /** No edge left, and more may follow: that says nothing. */
  #dropIfUnknown(record: number): void {
    if (this.lengthAt(record) === 0 && !this.isComplete(record)) this.drop(record);
  }

  #letGo(record: number): void {
    const second = this.#second(record);
    switch (kindOf(this.#table.codeOf(record))) {
      case recordKinds.entity:
        if (second !== nowhere) this.#entities.remove(second);
        this.#table.setSecond(record, nowhere);
        return;
      case recordKinds.unique:
        return this.#texts.remove(second);
      case recordKinds.association:
        this.#present.delete(record);
        return;
      case recordKinds.list:
        this.#lists.drop(second);
        this.#table.setSecond(record, nowhere);
        return;
      default:
    }
  }

  #ownerOf(record: number): { readonly from: EntityId; readonly type: AssociationType } {
    const code = this.#table.codeOf(record);
    return { from: this.#first(record) as EntityId, type: this.#types.associationName(typeNumberOf(code)) };
  }

  #first(record: number): number {
    return this.#table.firstOf(record);
  }

  #second(record: number): number {
    return this.#table.secondOf(record);
  }
}
