/** The tables as SQL sees them: ids, indexes and times (milliseconds) are bigint, properties and outcomes are JSON as text. */
export interface EntityTable {
  id: number;
  type: string;
  properties: string;
  created_at: number;
  updated_at: number;
  version: number;
  /** The idempotency key of the large deletion that is under way, else null. */
  deleting_key: string | null;
  /** A hash of the id, by which `random` seeks: ids come in runs, so a seek by id would favour those after a gap. */
  shuffle: number;
}

export interface AssociationTable {
  from_id: number;
  type: string;
  to_id: number;
  time: number;
  properties: string;
  version: number;
}

/** Lists of length 0 have no row. */
export interface AssociationCountTable {
  from_id: number;
  type: string;
  count: number;
}

export interface EntityKeyTable {
  type: string;
  unique_key: string;
  id: number;
}

export interface AppliedMutationTable {
  idempotency_key: string;
  hash: string;
  log_index: number;
  log_term: number;
  leader: string;
  time: number;
  outcome: string;
}

/** Words of names and handles, folded (see search-words.ts), for search. */
export interface EntityWordTable {
  type: string;
  word: string;
  id: number;
}

/** Entities whose large deletion is not finished: nearly always empty, so that no index on `entity` is paid for it. */
export interface EntityDeletingTable {
  id: number;
}

export interface EntityTypeCountTable {
  type: string;
  count: number;
}

/** One row, id 1. `cluster` is empty until the first claim. */
export interface MaterializedTable {
  id: number;
  cluster: string;
  epoch: number;
  log_index: number;
  log_term: number;
  owner: string;
  /** Mutations recorded before this log time are forgotten, whether or not their rows are deleted yet. */
  expired_before: number;
}

/** One row, id 1: which migrations the tables have seen. */
export interface SchemaVersionTable {
  id: number;
  version: number;
}

export interface Tables {
  entity: EntityTable;
  association: AssociationTable;
  association_count: AssociationCountTable;
  entity_key: EntityKeyTable;
  applied_mutation: AppliedMutationTable;
  entity_word: EntityWordTable;
  entity_deleting: EntityDeletingTable;
  entity_type_count: EntityTypeCountTable;
  materialized: MaterializedTable;
  schema_version: SchemaVersionTable;
}
