import { checkHistory } from '#tests/support/linearizability.ts';
import { registerModel } from '#tests/support/linearizability-models.ts';
import type { FaultRunReport } from './fault-run.ts';
import { initialValue, type RegisterOperation } from './register-clients.ts';

export interface JudgedRun {
  /** For people. */
  readonly lines: readonly string[];
  /** None: the run is passed. */
  readonly failures: readonly string[];
  readonly lost: number;
  readonly doubled: number;
  readonly acknowledged: number;
  readonly faults: number;
  readonly operations: number;
  readonly notLinearizable: number;
}

export function judgeRun(report: FaultRunReport): JudgedRun {
  const { verdicts, agreement, history, bot } = report;
  const lost = new Set(verdicts.flatMap((verdict) => verdict.lost)).size;
  const doubled = new Set(verdicts.flatMap((verdict) => verdict.doubled)).size;
  const acknowledged = verdicts[0]?.acknowledged ?? 0;
  const operations = history.filter(({ output }) => output !== null).length;
  const broken = brokenRegisters(history);
  const failures = [
    ...(lost > 0 ? [`${lost} acknowledged mutations are lost`] : []),
    ...(doubled > 0 ? [`${doubled} mutations took effect twice`] : []),
    ...broken,
    ...agreement.differences,
    ...report.unexplainedExits,
    // A run in which nothing happened proves nothing.
    ...(report.faults === 0 ? ['no fault could be injected'] : []),
    ...(acknowledged === 0 || operations === 0 || bot.committed === 0 ? ['a client never got an answer'] : []),
  ];
  const lines = [
    `${report.faults} faults (${report.notInjected} could not be injected), ${report.explainedExits} ends of nodes with a broken disk`,
    `${acknowledged} mutations acknowledged of ${verdicts[0]?.sent ?? 0} sent: ${lost} lost, ${doubled} doubled`,
    `${operations} operations on registers answered, ${history.length - operations} not: ${broken.length} registers not linearizable`,
    `the bot: ${bot.committed} committed of ${bot.sent}, ${bot.unanswered} unanswered`,
    `${agreement.entities} entities and ${agreement.associations} associations: ${agreement.differences.length} differences between nodes, database, counts and inverses`,
    `longest silence ${Math.round(report.longestSilenceMs)} ms`,
  ];
  return {
    lines,
    failures,
    lost,
    doubled,
    acknowledged,
    faults: report.faults,
    operations,
    notLinearizable: broken.length,
  };
}

/** A sentence for each whose history no order of its operations explains, or that is too entangled to be judged. */
function brokenRegisters(history: readonly RegisterOperation[]): readonly string[] {
  return [...Map.groupBy(history, ({ register }) => register)].flatMap(([register, operations]) => {
    const verdict = checkHistory(registerModel(initialValue), operations);
    if (verdict.kind === 'linearizable') return [];
    const why = verdict.kind === 'undecided' ? 'cannot be judged: too much is under way at once' : verdict.explanation;
    return [`register ${register}: ${why}`];
  });
}
