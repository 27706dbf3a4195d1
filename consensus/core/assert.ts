/** Something that cannot happen has happened: the node must stop rather than go on from a state nobody has thought about. */
export class AssertionFailed extends Error {
  override readonly name = 'AssertionFailed';
  readonly code = 'ASSERTION_FAILED';
}

/** For facts whose sentence costs nothing to write. Where it holds values, test first and call `impossible`. */
export function assert(condition: boolean, sentence: string): asserts condition {
  if (!condition) throw new AssertionFailed(sentence);
}

/** Stops the node. Apart from `assert` so that a hot path builds its sentence only once it is needed. */
export function impossible(sentence: string): never {
  throw new AssertionFailed(sentence);
}
