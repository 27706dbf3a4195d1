import { Dice } from '../dice.ts';
import type { ClusterWeather, ClusterWeatherKind } from './cluster-weather.ts';
import { drawAnyClusterWeather } from './weathers/any-cluster-weather.ts';
import { drawBusyLoops } from './weathers/busy-loops.ts';
import { drawHubs } from './weathers/hubs.ts';
import { drawSecondThoughts } from './weathers/second-thoughts.ts';
import { drawShortLogs } from './weathers/short-logs.ts';
import { drawSmallCaches } from './weathers/small-caches.ts';
import { drawStalls } from './weathers/stalls.ts';
import { drawUnsteadyDatabase } from './weathers/unsteady-database.ts';

/** Beyond any seed. Which one it is says which weather a seed has: with this one, seeds that were kept before there were kinds have any. */
const beyondSeeds = 139 * 2 ** 41;

/**
 * Four seeds in ten have any weather; the others go where such rarely leads. `dice` are the run's own: kinds are drawn with others, so
 * that a seed with any weather has the same story whatever kinds there are.
 */
export function drawClusterWeather(seed: number, dice: Dice): ClusterWeather {
  const any = drawAnyClusterWeather(dice);
  const ofKind = new Dice(seed + beyondSeeds);
  const kind = kindOf(ofKind.random());
  switch (kind) {
    case 'any':
      return any;
    case 'short-logs':
      return { ...any, ...drawShortLogs(ofKind) };
    case 'unsteady-database':
      return { ...any, ...drawUnsteadyDatabase(ofKind) };
    case 'small-caches':
      return { ...any, ...drawSmallCaches(ofKind) };
    case 'hubs':
      return { ...any, ...drawHubs(ofKind) };
    case 'busy-loops':
      return { ...any, ...drawBusyLoops(ofKind) };
    case 'second-thoughts':
      return { ...any, ...drawSecondThoughts(ofKind) };
    case 'stalls':
      return { ...any, ...drawStalls(ofKind) };
  }
}

function kindOf(drawn: number): Exclude<ClusterWeatherKind, 'product'> {
  if (drawn < 0.4) return 'any';
  if (drawn < 0.5) return 'short-logs';
  if (drawn < 0.6) return 'unsteady-database';
  if (drawn < 0.68) return 'small-caches';
  if (drawn < 0.76) return 'hubs';
  if (drawn < 0.83) return 'busy-loops';
  return drawn < 0.88 ? 'second-thoughts' : 'stalls';
}
