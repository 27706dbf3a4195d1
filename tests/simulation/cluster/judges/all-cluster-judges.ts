import { AcknowledgedIsKept } from './acknowledged-is-kept.ts';
import { AppliedOnlyForward } from './applied-only-forward.ts';
import { CachesAreTrue } from './caches-are-true.ts';
import type { ClusterJudge } from './cluster-hearing.ts';
import { CopiesGetOneAnswer } from './copies-get-one-answer.ts';
import { DatabaseIsTheReplay } from './database-is-the-replay.ts';
import { DeletionsEnd } from './deletions-end.ts';
import { ExactlyOnce } from './exactly-once.ts';
import { FillsAreTrueAtTheirLabel } from './fills-are-true-at-their-label.ts';
import { IdsAreUnique } from './ids-are-unique.ts';
import { ListsCountsAndInversesAgree } from './lists-counts-and-inverses-agree.ts';
import { LogTimeOnlyForward } from './log-time-only-forward.ts';
import { OneWriterAnEpoch } from './one-writer-an-epoch.ts';
import { OwnerLeads } from './owner-leads.ts';
import { ReadsAreOfOneMoment } from './reads-are-of-one-moment.ts';
import { RejectedIsNotDone } from './rejected-is-not-done.ts';
import { StatusTellsTheLog } from './status-tells-the-log.ts';

/** A bench of its own for each run: judges remember. Those of the log come first, since the others trust in it. */
export function allClusterJudges(): readonly ClusterJudge[] {
  return [
    new ExactlyOnce(),
    new LogTimeOnlyForward(),
    new IdsAreUnique(),
    new ListsCountsAndInversesAgree(),
    new AppliedOnlyForward(),
    new OneWriterAnEpoch(),
    new OwnerLeads(),
    new DatabaseIsTheReplay(),
    new FillsAreTrueAtTheirLabel(),
    new CachesAreTrue(),
    new AcknowledgedIsKept(),
    new RejectedIsNotDone(),
    new CopiesGetOneAnswer(),
    new ReadsAreOfOneMoment(),
    new StatusTellsTheLog(),
    new DeletionsEnd(),
  ];
}
