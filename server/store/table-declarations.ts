import type { Tables } from './tables.ts';

export type ColumnKind = 'number' | 'name' | 'key' | 'word' | 'text' | 'json';

type IndexColumn<Table extends keyof Tables> = string & (keyof Tables[Table] | `${string & keyof Tables[Table]} desc`);

/** Any table, its columns known by name only. */
export interface AnyTable {
  readonly columns: Readonly<Record<string, ColumnKind | `${ColumnKind} or null`>>;
  readonly primaryKey: readonly string[];
  readonly indexes: Readonly<Record<string, readonly string[]>>;
}

interface TableDeclaration<Table extends keyof Tables> {
  readonly columns: Readonly<Record<keyof Tables[Table], ColumnKind | `${ColumnKind} or null`>>;
  readonly primaryKey: readonly (string & keyof Tables[Table])[];
  readonly indexes: Readonly<Record<string, readonly IndexColumn<Table>[]>>;
}

export const tableDeclarations: { readonly [Table in keyof Tables]: TableDeclaration<Table> } = {
  entity: {
    columns: {
      id: 'number',
      type: 'name',
      properties: 'json',
      created_at: 'number',
      updated_at: 'number',
      version: 'number',
      deleting_key: 'text or null',
      shuffle: 'number',
    },
    primaryKey: ['id'],
    indexes: { entity_by_type: ['type', 'id'], entity_by_shuffle: ['type', 'shuffle', 'id'] },
  },
  association: {
    columns: {
      from_id: 'number',
      type: 'name',
      to_id: 'number',
      time: 'number',
      properties: 'json',
      version: 'number',
    },
    primaryKey: ['from_id', 'type', 'to_id'],
    indexes: { association_by_time: ['from_id', 'type', 'time desc', 'to_id desc'] },
  },
  association_count: {
    columns: { from_id: 'number', type: 'name', count: 'number' },
    primaryKey: ['from_id', 'type'],
    indexes: { association_count_by_count: ['type', 'count desc', 'from_id'] },
  },
  entity_key: {
    columns: { type: 'name', unique_key: 'key', id: 'number' },
    primaryKey: ['type', 'unique_key'],
    indexes: {},
  },
  applied_mutation: {
    columns: {
      idempotency_key: 'key',
      hash: 'name',
      log_index: 'number',
      log_term: 'number',
      leader: 'text',
      time: 'number',
      outcome: 'json',
    },
    primaryKey: ['idempotency_key'],
    indexes: { applied_mutation_by_time: ['time'] },
  },
  entity_word: {
    columns: { type: 'name', word: 'word', id: 'number' },
    primaryKey: ['type', 'word', 'id'],
    indexes: { entity_word_by_id: ['id'] },
  },
  entity_deleting: { columns: { id: 'number' }, primaryKey: ['id'], indexes: {} },
  entity_type_count: { columns: { type: 'name', count: 'number' }, primaryKey: ['type'], indexes: {} },
  materialized: {
    columns: {
      id: 'number',
      cluster: 'text',
      epoch: 'number',
      log_index: 'number',
      log_term: 'number',
      owner: 'text',
      expired_before: 'number',
    },
    primaryKey: ['id'],
    indexes: {},
  },
  schema_version: { columns: { id: 'number', version: 'number' }, primaryKey: ['id'], indexes: {} },
};
