import type { Judge } from './evidence.ts';
import { CommittedStays } from './judges/committed-stays.ts';
import { ConfigurationInForce } from './judges/configuration-in-force.ts';
import { DurableBeforeAcknowledged } from './judges/durable-before-acknowledged.ts';
import { ElectionSafety } from './judges/election-safety.ts';
import { HandOverTakesNothing } from './judges/hand-over-takes-nothing.ts';
import { LeaderCompleteness } from './judges/leader-completeness.ts';
import { LogMatching } from './judges/log-matching.ts';
import { OneVoteATerm } from './judges/one-vote-a-term.ts';
import { OnlyForward } from './judges/only-forward.ts';
import { PromisesAreOnDisk } from './judges/promises-are-on-disk.ts';
import { ReadsAreCurrent } from './judges/reads-are-current.ts';
import { RestartRemembers } from './judges/restart-remembers.ts';
import { TermsBeginWithCampaigns } from './judges/terms-begin-with-campaigns.ts';
import { StateMachineSafety } from './judges/state-machine-safety.ts';

/** A bench of its own for each run: judges remember. */
export function allJudges(): readonly Judge[] {
  return [
    new ElectionSafety(),
    new OneVoteATerm(),
    new LogMatching(),
    new LeaderCompleteness(),
    new StateMachineSafety(),
    new CommittedStays(),
    new OnlyForward(),
    new DurableBeforeAcknowledged(),
    new RestartRemembers(),
    new ReadsAreCurrent(),
    new TermsBeginWithCampaigns(),
    new ConfigurationInForce(),
    new PromisesAreOnDisk(),
    new HandOverTakesNothing(),
  ];
}
