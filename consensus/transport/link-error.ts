import type { RequestFailure } from './links.ts';

/** Codes of requests that got no answer from a handler. A handler's own error keeps the code it was thrown with. */
const linkErrorCodes = {
  unsent: 'LINK_UNSENT',
  timeout: 'LINK_TIMEOUT',
  closed: 'LINK_CLOSED',
} as const;

/**
 * Why a request over a link failed. `answered`: the other side's handler failed, and `code`, the message and `details` are its
 * own. Everything else is a RequestFailure: only `unsent` promises that the request had no effect.
 */
export class LinkError extends Error {
  readonly kind: RequestFailure['kind'] | 'answered';
  readonly code: string;
  /** What the other side's error carried in a field of the same name; undefined for all other kinds. */
  readonly details: unknown;

  constructor(fields: { kind: LinkError['kind']; code: string; message: string; details?: unknown }) {
    super(fields.message);
    this.name = 'LinkError';
    this.kind = fields.kind;
    this.code = fields.code;
    this.details = fields.details;
  }

  /** The failure in the words of the Links interface; null where the other side did answer. */
  get failure(): RequestFailure | null {
    return this.kind === 'answered' ? null : { kind: this.kind };
  }
}

/** A request without an answer; `reason` completes the sentence "request to n2: …". */
export function requestFailed(kind: RequestFailure['kind'], to: string, reason: string): LinkError {
  return new LinkError({ kind, code: linkErrorCodes[kind], message: `request to ${to}: ${reason}` });
}
