import type { Dice } from '../dice.ts';
import { faultKinds } from '../weather.ts';
import type { FaultKind, Weather } from '../weather.ts';

const tickUs = 1000;

/** Everything drawn by itself: some seeds are calm in one way and wild in another. */
export function drawAnyWeather(dice: Dice): Weather {
  const electionTimeoutTicks = dice.pick([5, 8, 10]);
  return {
    kind: 'any',
    tickUs,
    stormEvents: 1600,
    voters: dice.pick([3, 3, 3, 3, 3, 5, 5, 5, 4, 2, 1]),
    learners: dice.chance(0.25) ? 1 : 0,
    isMembershipChanging: dice.chance(0.15),
    rashChangeProbability: 0,
    electionTimeoutTicks,
    heartbeatTicks: dice.between(1, 3),
    preVote: dice.chance(0.7),
    checkQuorum: dice.chance(0.7),
    inflightMessagesMax: dice.pick([1, 2, 4, 8]),
    entriesBytesPerMessageMax: dice.pick([1, 1, 150, 100_000]),
    segmentBytesMax: dice.pick([400, 2000, 100_000]),
    lossProbability: dice.chance(0.5) ? dice.random() * 0.2 : 0,
    duplicationProbability: dice.chance(0.5) ? dice.random() * 0.2 : 0,
    delayUs: dice.chance(0.5) ? [50, 300] : [50, dice.between(300, 6 * tickUs)],
    lateProbability: 0,
    lateUs: 0,
    isCutAtOnce: true,
    diskUs: dice.chance(0.6) ? [10, 200] : [10, dice.between(200, 4 * tickUs)],
    slowDiskFactor: dice.pick([1, 1, 10, 30]),
    drift: dice.pick([1, 1.05, 1.3]),
    proposalEveryUs: dice.between(300, 900),
    calmProposalEveryUs: 600,
    readProbability: 0.2,
    compactProbability: 0.04,
    faultEveryUs: dice.between(2, 16) * tickUs,
    restartTicksMax: dice.pick([10, 40]),
    newLeaderFallsProbability: 0,
    newCandidateFallsProbability: 0,
    faults: drawFaults(dice),
  };
}

function drawFaults(dice: Dice): Weather['faults'] {
  const faults = Object.fromEntries(faultKinds.map((kind) => [kind, dice.chance(shareOf(kind)) ? dice.random() : 0]));
  // Whatever is torn should also heal now and then.
  return { ...(faults as Record<FaultKind, number>), 'heal-links': 0.3 + dice.random() };
}

/** In how many seeds a kind of fault occurs. What takes a node away for good, or for long, is kept rarer. */
function shareOf(kind: FaultKind): number {
  switch (kind) {
    case 'disk-hangs':
    case 'disk-full':
    case 'bit-flips':
    case 'disk-wiped':
    case 'clock-jumps':
    case 'clock-stands':
      return 0.25;
    case 'halve':
      return 0.1;
    default:
      return 0.6;
  }
}
