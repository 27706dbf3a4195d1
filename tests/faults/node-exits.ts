import type { NodeExit } from '#tests/support/cluster-process.ts';
import type { Stage } from './fault-injection.ts';

const restartPauseMs = 500;
/** A node may end of a disk fault, and fail to start, for so long after it is over. */
const diskEchoMs = 15_000;
const linesOfLog = 4;
/** What Node itself says last: no fault excuses an error that nobody caught. */
const uncaught = /^Node\.js v\d/m;

/** Starts nodes again that ended by themselves, as the supervisor of a cluster does, and remembers which of them had no reason to. */
export class NodeExits {
  readonly #excusedUntilMs = new Map<string, number>();
  readonly #killableUntilMs = new Map<string, number>();
  readonly #unexplained: string[] = [];
  #explained = 0;
  #stage: Stage | null = null;
  #say: (line: string) => void = () => {};

  watch(stage: Stage, say: (line: string) => void): void {
    this.#stage = stage;
    this.#say = say;
  }

  /** From now on a node that ends is meant to. */
  stop(): void {
    this.#stage = null;
  }

  /** The disks of these nodes fail for so long: a node that cannot write must end. */
  excuse(ids: readonly string[], lastsMs: number): void {
    for (const id of ids) this.#excusedUntilMs.set(id, performance.now() + lastsMs + diskEchoMs);
  }

  /** These are stopped for so long: the next leader may end such a process, which would keep SQLite's lock for ever. */
  excuseKill(ids: readonly string[], lastsMs: number): void {
    for (const id of ids) this.#killableUntilMs.set(id, performance.now() + lastsMs);
  }

  get unexplained(): readonly string[] {
    return this.#unexplained;
  }

  get explained(): number {
    return this.#explained;
  }

  add(id: string, { code, signal }: NodeExit): void {
    const stage = this.#stage;
    if (stage === null || stage.keptDown.has(id)) return;
    const node = stage.cluster.node(id);
    const lines = node.lastLines(linesOfLog);
    const reason = `${id} ended by itself (${signal ?? `code ${code}`}): ${lines}`;
    const now = performance.now();
    const isKilled = signal === 'SIGKILL' && now < (this.#killableUntilMs.get(id) ?? 0);
    const isOfDisk = !uncaught.test(lines) && now < (this.#excusedUntilMs.get(id) ?? 0);
    if (isKilled || isOfDisk) this.#explained += 1;
    else this.#unexplained.push(reason);
    this.#say(reason);
    setTimeout(() => {
      if (this.#stage !== null && !stage.keptDown.has(id) && !node.running) node.start();
    }, restartPauseMs);
  }
}
