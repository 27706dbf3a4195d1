/** A stretch of the log on disk that was once durable and cannot be read. */
export interface LogDamage {
  readonly file: string;
  /** Bytes from the start of the file where the damage begins. */
  readonly offset: number;
  /** Bytes from the start of the file where it ends, or up to which the log is known to have been durable. */
  readonly durableTo: number;
  readonly reason: string;
}

/**
 * The log on disk lacks or contradicts something that was once durable, and no other node can make up for it: the node's own term and
 * vote. Never mended by cutting: a node that forgot a vote gives it again (Protocol-Aware Recovery, FAST '18).
 */
export class LogDamaged extends Error {
  readonly code = 'LOG_DAMAGED';
  readonly file: string;
  readonly offset: number;
  readonly durableTo: number;

  constructor(damage: LogDamage) {
    const { file, offset, durableTo, reason } = damage;
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
