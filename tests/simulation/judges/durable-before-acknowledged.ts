import { Violation } from '../evidence.ts';
import type { Acknowledged, Hearing, Judge } from '../evidence.ts';

/**
 * What a client was told to be done is on the disks of a majority of the voters at that very moment. One whose disk damaged what it had
 * acknowledged is taken to hold it still: the leader cannot know of it yet, and without its vote nobody is elected who lacks the entry.
 */
export class DurableBeforeAcknowledged implements Judge {
  readonly property = 'durable before acknowledged';

  hear({ acknowledged, everyone }: Hearing): void {
    for (const each of acknowledged) this.#check(each, everyone);
  }

  #check({ entry, by }: Acknowledged, everyone: Hearing['everyone']): void {
    // One that led when it proposed and follows by now may already know of voters that were not asked for this entry.
    if (by.status?.role !== 'leader') return;
    const { index, term } = entry;
    const voters = by.status.configuration.voters;
    const holders = voters.filter((id) => {
      const witness = everyone.find((each) => each.id === id);
      if (witness?.isUnderRepair === true) return true;
      const durable = witness?.durable;
      return durable !== undefined && (index <= durable.mark.index || durable.termAt(index) === term);
    });
    if (holders.length <= voters.length / 2)
      throw new Violation(
        this.property,
        `entry ${index} of term ${term} is only on the disks of [${holders.join(' ')}] of [${voters.join(' ')}]`,
      );
  }
}
