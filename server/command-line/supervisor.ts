import type { NodeProcessOptions } from './node-process.ts';
import { NodeProcess } from './node-process.ts';

const restartPauseMsMin = 250;
const restartPauseMsMax = 10_000;
/** A node that ran this long is taken to have been well: its next restart is quick again. */
const healthyAfterMs = 30_000;
const stopPatienceMs = 8_000;
const healthTimeoutMs = 1_000;
const healthPollMs = 100;

export interface SupervisorOptions {
  readonly restart: boolean;
  readonly say: (line: string) => void;
}

interface Supervised {
  readonly node: NodeProcess;
  pauseMs: number;
  startedAt: number;
  timer: NodeJS.Timeout | null;
  /** It is to end, and not to be started again. */
  isDropped: boolean;
}

/** Keeps the nodes of a cluster on this machine running: one that dies is started again, later and later if it keeps dying. */
export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #supervised: readonly Supervised[];
  /** Those that came later: nobody waits for them. */
  #added: readonly Supervised[] = [];
  #stopping = false;

  constructor(plan: readonly NodeProcessOptions[], options: SupervisorOptions) {
    this.#options = options;
    this.#supervised = plan.map((nodeOptions) => this.#supervise(nodeOptions));
  }

  get nodes(): readonly NodeProcess[] {
    return this.#supervised.map(({ node }) => node);
  }

  start(): void {
    for (const supervised of this.#supervised) startNode(supervised);
  }

  /** Beyond the nodes of the plan exactly these: starts those that are new, and ends those that are not among them any more. */
  runAlso(added: readonly NodeProcessOptions[]): void {
    if (this.#stopping) return;
    for (const supervised of this.#added)
      if (added.every(({ id }) => id !== supervised.node.options.id)) this.#drop(supervised);
    for (const options of added) {
      if (this.#added.some(({ node }) => node.options.id === options.id)) continue;
      const supervised = this.#supervise(options);
      this.#added = [...this.#added, supervised];
      startNode(supervised);
      this.#options.say(`${options.id} was added: ${supervised.node.url}  (log ${supervised.node.folder}/node.log)`);
    }
  }

  /**
   * Resolves when every node is ready but those in quarantine, which only an operator can mend, in the running cluster; rejects with what
   * the first other one last said, or when there is none.
   */
  async waitUntilReady(boundMs: number): Promise<void> {
    const end = performance.now() + boundMs;
    let ready = 0;
    for (const { node } of this.#supervised) {
      for (;;) {
        const health = await node.health(healthTimeoutMs);
        if (health?.ready) {
          ready += 1;
          break;
        }
        if (typeof health?.['code'] === 'string') {
          this.#options.say(`${node.options.id} takes no part: ${health['code']}: ${String(health['reasons'])}`);
          break;
        }
        if (this.#stopping) throw new Error('stopped');
        if (performance.now() > end || (!node.running && !this.#options.restart)) {
          throw new Error(`Node ${node.options.id} is not ready: ${JSON.stringify(health)}\n${node.lastLines(5)}`);
        }
        await new Promise((resolve) => {
          setTimeout(resolve, healthPollMs);
        });
      }
    }
    if (ready === 0) throw new Error('No node is ready.');
  }

  /** Followers first would only cause elections; all are asked together. */
  async stop(): Promise<void> {
    this.#stopping = true;
    for (const { timer } of this.#all) if (timer) clearTimeout(timer);
    await Promise.all(this.#all.map(({ node }) => node.stop(stopPatienceMs)));
  }

  killNow(): void {
    this.#stopping = true;
    for (const { node } of this.#all) node.signal('SIGKILL');
  }

  get #all(): readonly Supervised[] {
    return [...this.#supervised, ...this.#added];
  }

  #supervise(options: NodeProcessOptions): Supervised {
    const supervised: Supervised = {
      node: new NodeProcess({ ...options, onExit: (exit) => this.#onExit(supervised, exit) }),
      pauseMs: restartPauseMsMin,
      startedAt: 0,
      timer: null,
      isDropped: false,
    };
    return supervised;
  }

  /** Kept among the others until it has ended, so that it is not started a second time meanwhile. */
  #drop(supervised: Supervised): void {
    if (supervised.isDropped) return;
    supervised.isDropped = true;
    if (supervised.timer) clearTimeout(supervised.timer);
    this.#options.say(`${supervised.node.options.id} was removed; ending its process`);
    void supervised.node.stop(stopPatienceMs).then(() => {
      this.#added = this.#added.filter((each) => each !== supervised);
    });
  }

  #onExit(
    supervised: Supervised,
    { code, signal }: { readonly code: number | null; readonly signal: NodeJS.Signals | null },
  ): void {
    if (this.#stopping || supervised.isDropped) return;
    const { node } = supervised;
    const how = signal ? `was ended by ${signal}` : `ended with code ${code}`;
    if (!this.#options.restart) {
      this.#options.say(`${node.options.id} ${how}; its log is ${node.folder}/node.log`);
      return;
    }
    if (performance.now() - supervised.startedAt > healthyAfterMs) supervised.pauseMs = restartPauseMsMin;
    this.#options.say(`${node.options.id} ${how}; starting it again in ${supervised.pauseMs} ms`);
    supervised.timer = setTimeout(() => startNode(supervised), supervised.pauseMs);
    supervised.pauseMs = Math.min(supervised.pauseMs * 2, restartPauseMsMax);
  }
}

function startNode(supervised: Supervised): void {
  supervised.timer = null;
  supervised.startedAt = performance.now();
  supervised.node.start();
}
