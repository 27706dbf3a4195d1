/** Rows of the read statement, as `branchColumns` names their places, and what they become: the border where values get types. */
import { StoreError } from '#server/graph/store-port.ts';
import type { Association, Entity, Properties } from '#server/graph/entity.ts';
import type { EntityId, LogIndex, NodeId, Term } from '#server/graph/identifiers.ts';
import type { Outcome, RecordedMutation } from '#server/graph/log-payload.ts';
import type { SqlRow } from './engine.ts';

const none: Properties = Object.freeze({});

/** Places of the columns n1… and t1… in a row. */
export const at = { n1: 1, n2: 2, n3: 3, n4: 4, t1: 5, t2: 6, t3: 7, t4: 8 } as const;

export function numberAt(row: SqlRow, place: number): number {
  const value = row[place];
  // A sum or a union may come as text from MySQL; a whole number it is all the same.
  const number = typeof value === 'string' ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isSafeInteger(number))
    throw corrupt(`a whole number, not ${String(value)}`);
  return number;
}

export function textAt(row: SqlRow, place: number): string {
  const value = row[place];
  if (typeof value !== 'string') throw corrupt(`a text, not ${String(value)}`);
  return value;
}

export function idAt(row: SqlRow, place: number): EntityId {
  return numberAt(row, place) as EntityId;
}

export function entityOf(row: SqlRow): Entity {
  return {
    id: idAt(row, at.n1),
    type: textAt(row, at.t1),
    properties: propertiesAt(row, at.t2),
    createdAt: numberAt(row, at.n2),
    updatedAt: numberAt(row, at.n3),
    version: numberAt(row, at.n4) as LogIndex,
    deletingKey: row[at.t3] === null ? null : textAt(row, at.t3),
  };
}

export function associationOf(row: SqlRow): Association {
  return {
    from: idAt(row, at.n1),
    type: textAt(row, at.t1),
    to: idAt(row, at.n2),
    time: numberAt(row, at.n3),
    properties: propertiesAt(row, at.t2),
    version: numberAt(row, at.n4) as LogIndex,
  };
}

export function mutationOf(row: SqlRow): RecordedMutation {
  return {
    key: textAt(row, at.t1),
    hash: textAt(row, at.t3),
    index: numberAt(row, at.n1) as LogIndex,
    term: numberAt(row, at.n2) as Term,
    leader: textAt(row, at.t4) as NodeId,
    time: numberAt(row, at.n3),
    outcome: jsonAt(row, at.t2) as Outcome,
  };
}

/** The databases keep a derived table's order, though SQL does not promise it: mostly this only looks. */
export function newestFirst(edges: Association[]): Association[] {
  const before = (a: Association, b: Association) => b.time - a.time || b.to - a.to;
  const ordered = edges.every((edge, place) => {
    const previous = edges[place - 1];
    return previous === undefined || before(previous, edge) <= 0;
  });
  return ordered ? edges : edges.sort(before);
}

function propertiesAt(row: SqlRow, place: number): Properties {
  return row[place] === '{}' ? none : (jsonAt(row, place) as Properties);
}

/** Only this program writes these columns, always objects; anything else is damage. */
function jsonAt(row: SqlRow, place: number): object {
  const json = textAt(row, place);
  try {
    const value: unknown = JSON.parse(json);
    if (typeof value === 'object' && value !== null) return value;
  } catch {
    // Told below.
  }
  throw corrupt(`a JSON object, not ${json.slice(0, 80)}`);
}

function corrupt(wanted: string): StoreError {
  return new StoreError('corrupt', `the database holds what nobody wrote: wanted ${wanted}. Restore it from a backup`);
}
