/** Position in the replicated log; 0 is the place before the first entry. Same brand as in `consensus/core`. */
export type LogIndex = number & { readonly __brand: 'LogIndex' };
/** Same brand as in `consensus/core`. */
export type Term = number & { readonly __brand: 'Term' };
export type NodeId = string & { readonly __brand: 'NodeId' };

/** `log index × 4096 + place in the entry`: unique, ordered in time, a safe integer for 2⁴¹ entries. */
export type EntityId = number & { readonly __brand: 'EntityId' };
/** The name of a declared entity type, such as `User`. */
export type EntityType = string;
/** The name of a declared association type, such as `friend`. */
export type AssociationType = string;
/** Milliseconds since 1970, of the log's own clock. */
export type TimeMs = number;

export const idsPerEntryMax = 4096;
