import { clusterMutants } from './cluster/mutants.ts';
import type { Mutant } from './mutant.ts';
import { electionMutants } from './mutants/elections.ts';
import { membershipMutants } from './mutants/membership.ts';
import { readMutants } from './mutants/reads.ts';
import { replicationMutants } from './mutants/replication.ts';
import { snapshotMutants } from './mutants/snapshots.ts';
import { storageMutants } from './mutants/storage.ts';
import { transferMutants } from './mutants/transfer.ts';

/** What has happened to others, planted in the consensus rooms. All must be caught. */
export const mutants: readonly Mutant[] = [
  ...electionMutants,
  ...replicationMutants,
  ...snapshotMutants,
  ...readMutants,
  ...membershipMutants,
  ...storageMutants,
  ...transferMutants,
];

export const mutantsByWorld = { consensus: mutants, cluster: clusterMutants } as const;

export function mutantNamed(name: string): Mutant {
  const found = [...mutants, ...clusterMutants].find((each) => each.name === name);
  if (found === undefined) throw new Error(`no mutant is called '${name}'`);
  return found;
}
