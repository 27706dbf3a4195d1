import type { Dice } from './dice.ts';
import type { Weather, WeatherKind } from './weather.ts';
import { drawAnyWeather } from './weathers/any-weather.ts';
import { drawChurn } from './weathers/churn.ts';
import { drawLag } from './weathers/lag.ts';
import { drawLateAnswers } from './weathers/late-answers.ts';
import { drawProductTimings } from './weathers/product-timings.ts';
import { drawQuickSuccession } from './weathers/quick-succession.ts';

/** Half of the seeds have any weather; the others go where such rarely leads. With `only`, all of them go there. */
export function drawWeather(dice: Dice, only: WeatherKind | null): Weather {
  const any = drawAnyWeather(dice);
  const drawn = dice.random();
  const kind = only ?? kindOf(drawn);
  switch (kind) {
    case 'any':
      return any;
    case 'lag':
      return { ...any, ...drawLag(dice) };
    case 'late':
      return { ...any, ...drawLateAnswers(dice) };
    case 'succession':
      return { ...any, ...drawQuickSuccession(dice) };
    case 'churn':
      return { ...any, ...drawChurn(dice) };
    case 'product':
      return { ...any, ...drawProductTimings(dice) };
  }
}

function kindOf(drawn: number): WeatherKind {
  if (drawn < 0.5) return 'any';
  if (drawn < 0.6) return 'lag';
  if (drawn < 0.76) return 'succession';
  if (drawn < 0.86) return 'churn';
  return drawn < 0.93 ? 'late' : 'product';
}
