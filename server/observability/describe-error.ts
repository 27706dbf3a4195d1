/** An error as it may be logged. */
export interface DescribedError {
  readonly type: string;
  readonly message: string;
  readonly code?: string;
  readonly stack?: string;
  readonly cause?: DescribedError;
}

const causesMax = 5;

/**
 * Takes name, code, message, stack and causes, and nothing else: drivers hang statements with the values of users, and
 * connection options with passwords, on their errors.
 */
export function describeError(error: unknown, depth = 0): DescribedError {
  if (!(error instanceof Error)) return { type: typeof error, message: withoutCredentials(String(error)) };
  const code = 'code' in error && typeof error.code === 'string' ? { code: error.code } : {};
  const stack = error.stack === undefined ? {} : { stack: withoutCredentials(error.stack) };
  const hasCause = error.cause !== undefined && depth < causesMax;
  const cause = hasCause ? { cause: describeError(error.cause, depth + 1) } : {};
  return { type: error.name, message: withoutCredentials(error.message), ...code, ...stack, ...cause };
}

/** `mysql://user:password@host` → `mysql://host`, wherever it stands in the text. */
export function withoutCredentials(text: string): string {
  return text.replaceAll(/([a-z][a-z0-9+.-]*:\/\/)[^\s/@]*(?:@[^\s/@]*)*@/gi, '$1');
}
