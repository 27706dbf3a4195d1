/** A read index was not had in time. The read may be asked again; nothing has changed. */
export class ReadIndexFailed extends Error {
  readonly code = 'READ_INDEX_FAILED';

  constructor(reason: string) {
    super(`no read index: ${reason}`);
    this.name = 'ReadIndexFailed';
  }
}

/** Leadership did not move to the wanted node, or nobody knows yet; writes go on under whoever leads. */
export class TransferFailed extends Error {
  readonly code = 'TRANSFER_FAILED';

  constructor(reason: string) {
    super(`leadership was not transferred: ${reason}`);
    this.name = 'TransferFailed';
  }
}
