import type { Dice } from './dice.ts';
import type { Weather } from './weather.ts';
import { drawAnyWeather } from './weathers/any-weather.ts';
import { drawChurn } from './weathers/churn.ts';
import { drawProductTimings } from './weathers/product-timings.ts';
import { drawQuickSuccession } from './weathers/quick-succession.ts';

/** Three seeds in five have any weather; the others go where such rarely leads. */
export function drawWeather(dice: Dice): Weather {
  const any = drawAnyWeather(dice);
  const kind = dice.random();
  if (kind < 0.6) return any;
  if (kind < 0.78) return { ...any, ...drawQuickSuccession(dice) };
  if (kind < 0.93) return { ...any, ...drawChurn(dice) };
  return { ...any, ...drawProductTimings(dice) };
}
