/**
 * The log on disk lacks or contradicts something that was once durable. Never mended by cutting: a node that goes on from a
 * cut log has forgotten votes and entries that others count on (Protocol-Aware Recovery, FAST '18).
 */
export class LogDamaged extends Error {
  readonly code = 'LOG_DAMAGED';
  readonly file: string;
  /** Bytes from the start of the file where the damage begins. */
  readonly offset: number;
  /** Bytes from the start of the file up to which the log is known to have been durable. */
  readonly durableTo: number;

  constructor(options: {
    readonly file: string;
    readonly offset: number;
    readonly durableTo: number;
    readonly reason: string;
  }) {
    const { file, offset, durableTo, reason } = options;
    super(`the log is damaged in ${file} at bytes ${offset} to ${durableTo}, which were durable: ${reason}`);
    this.name = 'LogDamaged';
    this.file = file;
    this.offset = offset;
    this.durableTo = durableTo;
  }
}

/** A segment that a newer version of this program wrote. */
export class LogFormatUnknown extends Error {
  readonly code = 'LOG_FORMAT_UNKNOWN';
  readonly file: string;

  constructor(options: { readonly file: string; readonly found: number; readonly known: number }) {
    super(
      `${options.file} has log format ${options.found}; this version reads up to ${options.known}: start the newer version`,
    );
    this.name = 'LogFormatUnknown';
    this.file = options.file;
  }
}
