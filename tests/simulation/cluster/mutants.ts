import type { Mutant } from '#tests/simulation/mutant.ts';
import { copiesAndAnswersMutants } from './mutants/copies-and-answers.ts';
import { databaseMutants } from './mutants/database.ts';
import { readPathMutants } from './mutants/read-path.ts';
import { readsBetweenPartsMutants } from './mutants/reads-between-parts.ts';
import { takeoverMutants } from './mutants/takeovers.ts';
import { writePathMutants } from './mutants/write-path.ts';

/** Bugs planted in the server's rooms, each with the judge that must catch it, named before it was ever run. */
export const clusterMutants: readonly Mutant[] = [
  ...readPathMutants,
  ...writePathMutants,
  ...databaseMutants,
  ...copiesAndAnswersMutants,
  ...takeoverMutants,
  ...readsBetweenPartsMutants,
];
