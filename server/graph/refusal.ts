import type { ErrorCode } from './errors.ts';

/** Thrown inside `evaluate` by an operation that the graph does not allow; it becomes the outcome of the whole command. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
