/** How many operations one client may ask for. The generic cell rate algorithm: of each client only the time is kept at which it is even. */

/** What a client saved up by asking nothing: it may ask for this much of its rate at once. */
const burstMs = 5_000;
/** Clients told apart within two bursts. Whoever comes beyond shares one allowance, so that strangers cannot push others out. */
const clientsMax = 100_000;

export interface RateLimitOptions {
  /** Operations a second; 0: as many as they like. */
  readonly operationsPerSecondMax: number;
  /** Milliseconds of a clock that never goes back. */
  readonly now?: () => number;
  readonly clientsMax?: number;
}

export class RateLimit {
  readonly #msPerOperation: number;
  readonly #now: () => number;
  readonly #clientsMax: number;
  /** When each client is even again. Nobody owes more than a burst, so what was written before the last turn is forgotten at the next. */
  #evenAtMs = new Map<string, number>();
  #before: ReadonlyMap<string, number> = new Map();
  #turnsAtMs = 0;

  constructor(options: RateLimitOptions) {
    const { operationsPerSecondMax } = options;
    this.#msPerOperation = operationsPerSecondMax === 0 ? 0 : 1_000 / operationsPerSecondMax;
    this.#now = options.now ?? (() => performance.now());
    this.#clientsMax = options.clientsMax ?? clientsMax;
  }

  /** Counts one operation of the client. 0: it may go on; else the whole seconds after which it may ask again, and nothing was counted. */
  take(client: string): number {
    if (this.#msPerOperation === 0) return 0;
    const nowMs = this.#now();
    if (nowMs >= this.#turnsAtMs) this.#turn(nowMs);
    const known = this.#evenAtMs.get(client) ?? this.#before.get(client);
    const name = known === undefined && this.#evenAtMs.size >= this.#clientsMax ? 'the others' : client;
    const evenAtMs = Math.max(known ?? this.#evenAtMs.get(name) ?? 0, nowMs) + this.#msPerOperation;
    const overMs = evenAtMs - nowMs - Math.max(burstMs, this.#msPerOperation);
    if (overMs > 0) return Math.ceil(overMs / 1_000);
    this.#evenAtMs.set(name, evenAtMs);
    return 0;
  }

  get clients(): number {
    return this.#evenAtMs.size + this.#before.size;
  }

  #turn(nowMs: number): void {
    const isLongAgo = nowMs >= this.#turnsAtMs + burstMs;
    this.#before = isLongAgo ? new Map() : this.#evenAtMs;
    this.#evenAtMs = new Map();
    this.#turnsAtMs = nowMs + burstMs;
  }
}

export function rateLimitedMessage(retryAfterSeconds: number): string {
  return `too many operations of this client; it may ask again in ${retryAfterSeconds} s`;
}

/** Whoever has no token is told apart by address; of IPv6 by the network, since one client has all the addresses in it. */
export function clientAt(address: string | undefined): string {
  if (address === undefined) return 'unknown';
  if (!address.includes(':') || address.includes('.')) return address;
  return `${groupsOf(address).slice(0, 4).join(':')}::/64`;
}

function groupsOf(address: string): readonly string[] {
  const [head = '', tail] = address.split('::');
  const first = head === '' ? [] : head.split(':');
  const last = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - first.length - last.length);
  return [...first, ...Array<string>(zeros).fill('0'), ...last];
}
