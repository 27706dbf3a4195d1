import { mutant } from '../mutant.ts';
import type { Mutant } from '../mutant.ts';

/** Leadership on its way to another node. */
export const transferMutants: readonly Mutant[] = [
  mutant({
    name: 'transfer without stopping proposals',
    judge: 'a hand-over takes nothing',
    source: 'thesis 3.10, step 1',
    file: 'consensus/core/raft.ts',
    find: "if (raft.isTransferring) return 'transferring';",
    replace: '',
  }),
];
