/** One planted bug: the real source with one expression replaced as it is loaded. The file on disk stays as it is. */
export interface Mutant {
  readonly name: string;
  /** Named before it was ever run: the property of the judge that must catch it; or `liveness`, or `assertion` of the code. */
  readonly judge: string;
  /** Who met it: the paper or the report. */
  readonly source: string;
  readonly edits: readonly MutantEdit[];
}

export interface MutantEdit {
  /** From the root of the project. */
  readonly file: string;
  /** Must occur exactly once: a mutant that no longer fits the source is an error, not a success. */
  readonly find: string;
  readonly replace: string;
}

/** A mutant of one expression. */
export function mutant(options: {
  readonly name: string;
  readonly judge: string;
  readonly source: string;
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}): Mutant {
  const { name, judge, source, file, find, replace } = options;
  return { name, judge, source, edits: [{ file, find, replace }] };
}
