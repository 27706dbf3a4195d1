import type { Message, NodeId } from '#consensus/core/types.ts';
import { CutLinks } from './cut-links.ts';
import type { Dice } from './dice.ts';
import type { Weather } from './weather.ts';

/** Which links work, what they lose and double, and how long they take. Cuts also what is under way: it is asked again at delivery. */
export class SimulatedNetwork extends CutLinks {
  readonly #weather: Weather;
  readonly #dice: Dice;
  readonly #deliverIn: (delayUs: number, message: Message) => void;
  /** Nodes whose links lose, double and delay nothing any more. */
  #calm: ReadonlySet<NodeId> = new Set();

  constructor(options: {
    readonly weather: Weather;
    readonly dice: Dice;
    readonly deliverIn: (delayUs: number, message: Message) => void;
  }) {
    super();
    this.#weather = options.weather;
    this.#dice = options.dice;
    this.#deliverIn = options.deliverIn;
  }

  send(message: Message): void {
    const { lossProbability, duplicationProbability } = this.#weather;
    const isCalm = this.#calm.has(message.from) && this.#calm.has(message.to);
    if (this.isCut(message.from, message.to) || (!isCalm && this.#dice.chance(lossProbability))) return;
    this.#deliverIn(isCalm ? this.#dice.between(50, 300) : this.#delayUs(), message);
    if (!isCalm && this.#dice.chance(duplicationProbability)) this.#deliverIn(3 * this.#delayUs(), message);
  }

  /** From now on these reach each other, quickly and without loss. */
  calm(ids: readonly NodeId[]): void {
    this.#calm = new Set(ids);
    for (const from of ids) for (const to of ids) this.join(from, to);
  }

  #delayUs(): number {
    const { delayUs, lateProbability, lateUs } = this.#weather;
    const [least, most] = delayUs;
    return this.#dice.between(least, most) + (this.#dice.chance(lateProbability) ? this.#dice.below(lateUs) : 0);
  }
}
