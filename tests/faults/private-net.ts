// A network of the test's own: a bridge in the test's network namespace, a namespace for each node, a cable to each. It can lose what
// goes one way between two nodes, which no switch of the product can do behind its back. All of it goes with the namespace.
import { spawnSync } from 'node:child_process';

const network = '10.77.0';
const hub = 'hub';
/** Nobody's address on the bridge: frames to it are lost. */
const nobody = '02:00:00:00:00:fe';

export class PrivateNet {
  readonly #addresses = new Map<string, string>();
  /** How packets are lost; null: this kernel has no way. */
  readonly lossBy: 'netem' | 'gact' | null;

  /** Only within a network namespace of the test's own: see `isolation.ts`. */
  constructor(ids: readonly string[]) {
    ip('link', 'set', 'lo', 'up');
    ip('link', 'add', hub, 'type', 'bridge');
    ip('address', 'add', `${network}.254/24`, 'dev', hub);
    ip('link', 'set', hub, 'up');
    for (const [at, id] of ids.entries()) this.#connect(id, `${network}.${at + 1}`);
    this.lossBy = this.#wayToLose(ids[0] ?? '');
  }

  #connect(id: string, address: string): void {
    this.#addresses.set(id, address);
    ip('netns', 'add', id);
    ip('link', 'add', cable(id), 'type', 'veth', 'peer', 'name', 'eth0', 'netns', id);
    ip('link', 'set', cable(id), 'master', hub, 'up');
    ip('-n', id, 'link', 'set', 'lo', 'up');
    ip('-n', id, 'link', 'set', 'eth0', 'up');
    ip('-n', id, 'address', 'add', `${address}/24`, 'dev', 'eth0');
  }

  address(id: string): string {
    const address = this.#addresses.get(id);
    if (address === undefined) throw new Error(`${id} is not in this network`);
    return address;
  }

  /** What `from` sends to `to` is lost from now on, without a word to either. */
  silence(from: string, to: string): void {
    ip('-n', from, 'neigh', 'replace', this.address(to), 'lladdr', nobody, 'dev', 'eth0', 'nud', 'permanent');
  }

  restore(from: string, to: string): void {
    ip('-n', from, 'neigh', 'del', this.address(to), 'dev', 'eth0');
  }

  pull(id: string): void {
    ip('link', 'set', cable(id), 'down');
  }

  plugIn(id: string): void {
    ip('link', 'set', cable(id), 'up');
  }

  /** About so many of the packets that the node sends are lost. */
  lose(id: string, percent: number): void {
    if (this.lossBy === 'netem')
      tc('-n', id, 'qdisc', 'replace', 'dev', 'eth0', 'root', 'netem', 'loss', `${percent}%`);
    else if (this.lossBy === 'gact') {
      tc('-n', id, 'qdisc', 'add', 'dev', 'eth0', 'clsact');
      tc('-n', id, ...lossFilter(percent));
    }
  }

  loseNothing(id: string): void {
    if (this.lossBy === 'netem') tc('-n', id, 'qdisc', 'del', 'dev', 'eth0', 'root');
    else if (this.lossBy === 'gact') tc('-n', id, 'qdisc', 'del', 'dev', 'eth0', 'clsact');
  }

  #wayToLose(id: string): 'netem' | 'gact' | null {
    if (works('tc', ['-n', id, 'qdisc', 'add', 'dev', 'eth0', 'root', 'netem', 'loss', '1%'])) {
      tc('-n', id, 'qdisc', 'del', 'dev', 'eth0', 'root');
      return 'netem';
    }
    const clsact = works('tc', ['-n', id, 'qdisc', 'add', 'dev', 'eth0', 'clsact']);
    const gact = clsact && works('tc', ['-n', id, ...lossFilter(10)]);
    if (clsact) tc('-n', id, 'qdisc', 'del', 'dev', 'eth0', 'clsact');
    return gact ? 'gact' : null;
  }
}

/** One packet in so many is dropped; the action knows no finer steps. */
function lossFilter(percent: number): readonly string[] {
  const oneIn = String(Math.max(2, Math.round(100 / percent)));
  const drop = ['action', 'gact', 'pass', 'random', 'netrand', 'drop', oneIn];
  return ['filter', 'add', 'dev', 'eth0', 'egress', 'protocol', 'all', 'u32', 'match', 'u32', '0', '0', ...drop];
}

const cable = (id: string): string => `to-${id}`;
const ip = (...args: readonly string[]): void => run('ip', args);
const tc = (...args: readonly string[]): void => run('tc', args);

function run(program: string, args: readonly string[]): void {
  const { status, stderr, error } = spawnSync(program, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${error?.message ?? stderr}`);
}

function works(program: string, args: readonly string[]): boolean {
  return spawnSync(program, args, { stdio: 'ignore' }).status === 0;
}
