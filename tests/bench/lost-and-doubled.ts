import type { Verdict } from '#tests/support/recording-client.ts';
import type { BenchRow } from './row.ts';

export function lostAndDoubled(name: string, verdicts: readonly Verdict[]): readonly BenchRow[] {
  const lost = new Set(verdicts.flatMap((verdict) => verdict.lost)).size;
  const doubled = new Set(verdicts.flatMap((verdict) => verdict.doubled)).size;
  const sent = `${verdicts[0]?.acknowledged} acknowledged of ${verdicts[0]?.sent} sent, on ${verdicts.length} nodes`;
  return [
    { name: `${name}: lost`, measured: lost, unit: 'mutations', bound: 0, ok: lost === 0, note: sent },
    { name: `${name}: doubled`, measured: doubled, unit: 'mutations', bound: 0, ok: doubled === 0 },
  ];
}
