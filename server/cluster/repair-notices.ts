import type { NodeLog } from './node-log.ts';
import type { StandingWatch } from './standing.ts';

/** Says in the log when this node's own log turns out to lack what it acknowledged, and when it is whole again. (A start says it itself.) */
export function tellOfRepairs(standing: StandingWatch, log: NodeLog): void {
  standing.onChange(({ lost }, before) => {
    if (lost === undefined && before.lost !== undefined)
      return log.info({ lostUpTo: before.lost.index }, 'the log is whole again: this node may vote');
    if (lost === undefined || (before.lost !== undefined && before.lost.index >= lost.index)) return;
    const fields = { code: 'LOG_REPAIR', lostUpTo: lost.index, lostTerm: lost.term };
    log.error(
      fields,
      'the log lacks what this node acknowledged, as if its folder were an older copy: it does not vote',
    );
  });
}
