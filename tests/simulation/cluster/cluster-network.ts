import type { NodeId } from '#consensus/core/types.ts';
import type { Channel } from '#consensus/transport/links.ts';
import { CutLinks } from '../cut-links.ts';
import type { Dice } from '../dice.ts';
import type { ClusterWeather } from './cluster-weather.ts';

/** Which ways between nodes are open, and how long a frame takes. */
export class ClusterNetwork extends CutLinks {
  readonly #weather: ClusterWeather;
  readonly #dice: Dice;
  readonly #nowUs: () => number;
  /** When the last frame of each direction and channel arrives: the next comes after it. */
  readonly #arrivals = new Map<string, number>();
  isCalm = false;

  constructor(options: { readonly weather: ClusterWeather; readonly dice: Dice; readonly nowUs: () => number }) {
    super();
    this.#weather = options.weather;
    this.#dice = options.dice;
    this.#nowUs = options.nowUs;
  }

  /** One connection stands still for so long, others between the same nodes do not; what is sent on it meanwhile comes after. */
  stall(frame: { readonly from: NodeId; readonly to: NodeId; readonly channel: Channel }, lengthUs: number): void {
    const way = wayOf(frame);
    this.#arrivals.set(way, Math.max(this.#nowUs() + lengthUs, this.#arrivals.get(way) ?? 0));
  }

  /** Microseconds until the frame arrives; null: it is lost. */
  delayUs(frame: { readonly from: NodeId; readonly to: NodeId; readonly channel: Channel }): number | null {
    const { from, to } = frame;
    const { delayUs, lossProbability } = this.#weather;
    if (this.isCut(from, to) || (!this.isCalm && this.#dice.chance(lossProbability))) return null;
    const [least, most] = this.isCalm ? [50, 300] : delayUs;
    const way = wayOf(frame);
    const now = this.#nowUs();
    const arrival = Math.max(now + this.#dice.between(least, most), (this.#arrivals.get(way) ?? 0) + 1);
    this.#arrivals.set(way, arrival);
    return arrival - now;
  }
}

function wayOf({
  from,
  to,
  channel,
}: {
  readonly from: NodeId;
  readonly to: NodeId;
  readonly channel: Channel;
}): string {
  return `${from}>${to} ${channel}`;
}
