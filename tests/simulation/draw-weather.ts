import type { Dice } from './dice.ts';
import type { Weather } from './weather.ts';
import { drawAnyWeather } from './weathers/any-weather.ts';
import { drawChurn } from './weathers/churn.ts';
import { drawLag } from './weathers/lag.ts';
import { drawProductTimings } from './weathers/product-timings.ts';
import { drawQuickSuccession } from './weathers/quick-succession.ts';

/** Half of the seeds have any weather; the others go where such rarely leads. */
export function drawWeather(dice: Dice): Weather {
  const any = drawAnyWeather(dice);
  const kind = dice.random();
  if (kind < 0.5) return any;
  if (kind < 0.6) return { ...any, ...drawLag(dice) };
  if (kind < 0.76) return { ...any, ...drawQuickSuccession(dice) };
  if (kind < 0.93) return { ...any, ...drawChurn(dice) };
  return { ...any, ...drawProductTimings(dice) };
}
