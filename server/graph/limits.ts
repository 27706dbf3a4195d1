/** The bounds of what the graph takes. A character is a Unicode code point; bytes are those of compact JSON in UTF-8. */

/** Of declared properties with these names, whatever the entity type. */
export const namedStringCharactersMax: ReadonlyMap<string, number> = new Map([
  ['text', 5_000],
  ['name', 200],
  ['handle', 64],
]);
/** Of any other string, at any depth. */
export const stringCharactersMax = 8_192;
/** Of a unique key that has no bound of its own: with its type it must fit an index of every database (3,072 bytes in MySQL). */
export const keyCharactersMax = 512;

/** Of all properties of one entity or edge together, after merging. */
export const propertiesBytesMax = 16_384;
export const propertyNamesMax = 100;
export const propertyNameCharactersMax = 128;
/** Objects and lists within each other; a property's own value is at depth 1. MySQL stops at 100. */
export const jsonDepthMax = 32;

export const operationsMax = 1_000;
/** What one command may change; beyond it the entry would keep every node busy for too long. */
export const effectsPerCommandMax = 10_000;
/** An entity with more edges than this is deleted in several commits. */
export const smallDeletionEdgesMax = 200;
/** Of one commit of such a deletion. */
export const deletionStepEffectsMax = 1_000;

/** The years 1 to 9999, which every DateTime scalar and every database can write. */
export const timeMsMin = -62_135_596_800_000;
export const timeMsMax = 253_402_300_799_999;

/** Characters; longer idempotency keys are BAD_INPUT. */
export const idempotencyKeyCharactersMax = 200;

/** How many edges a connection gives without `first`, and at most. */
export const listLengthDefault = 20;
export const listLengthMax = 1_000;
