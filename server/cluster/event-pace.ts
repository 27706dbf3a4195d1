/**
 * Keeps what comes often from filling the memory of events: what comes after a quiet interval is told at once, what follows is
 * gathered and told at the end of the interval. So each key makes at most two events in its first interval, and one in each later one.
 */
export class EventPace<Gathered> {
  readonly #tell: (gathered: Gathered) => void;
  readonly #join: (before: Gathered, now: Gathered) => Gathered;
  /** Told in this interval or the one before it. Bounded by the keys there are: kinds of messages and peers. */
  #recent = new Set<string>();
  #gathered = new Map<string, Gathered>();

  constructor(options: {
    readonly tell: (gathered: Gathered) => void;
    readonly join: (before: Gathered, now: Gathered) => Gathered;
  }) {
    this.#tell = options.tell;
    this.#join = options.join;
  }

  add(key: string, value: Gathered): void {
    if (!this.#recent.has(key)) {
      this.#recent.add(key);
      return this.#tell(value);
    }
    const before = this.#gathered.get(key);
    this.#gathered.set(key, before === undefined ? value : this.#join(before, value));
  }

  /** An interval has passed. */
  turn(): void {
    const gathered = this.#gathered;
    this.#recent = new Set(gathered.keys());
    this.#gathered = new Map();
    for (const value of gathered.values()) this.#tell(value);
  }
}
