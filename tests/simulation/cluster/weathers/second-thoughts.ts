import type { Dice } from '#tests/simulation/dice.ts';
import { noClusterFaults } from '../cluster-weather.ts';
import type { ClusterWeather } from '../cluster-weather.ts';

/** A few people who soon take back what they did, while leaders change: an old value, or an effect that comes twice, shows at once. */
export function drawSecondThoughts(dice: Dice): Partial<ClusterWeather> {
  return {
    kind: 'second-thoughts',
    nodes: dice.pick([3, 3, 5, 1]),
    clients: dice.between(4, 8),
    thinkMs: dice.pick([5, 20]),
    readShare: dice.pick([0.1, 0.4]),
    hubShare: 0,
    people: 3,
    secondThoughtsShare: 0.7,
    repeatShare: 0.15,
    statusShare: 0.5,
    lookUs: dice.pick([0, 700]),
    cacheBytesMax: dice.pick([2_000, 6_000, 20_000]),
    idempotencyKeyHours: 24,
    clientsAheadMs: dice.pick([0, 59_000]),
    faultEveryMs: dice.pick([300, 900, 2_000]),
    pauseMsMax: 1_500,
    faults: {
      ...noClusterFaults(),
      crash: dice.random() / 2,
      'crash-leader': dice.random(),
      'isolate-leader': dice.random(),
      'cut-one-way': dice.random(),
      unplug: dice.random() / 2,
      'connection-stalls': dice.random(),
      'pause-leader': dice.random() / 2,
      'leader-sleeps-alone': dice.random(),
      transfer: dice.random() / 2,
      'heal-links': 1,
    },
  };
}
