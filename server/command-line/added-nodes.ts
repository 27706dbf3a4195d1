import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { placeOf, UsageError } from './cluster-plan.ts';
import type { NodeProcessOptions } from './node-process.ts';
import type { Supervisor } from './supervisor.ts';

/** The nodes that `add` put into a cluster of `up`, in its data folder: `add` and `remove` write it, `up` starts and ends processes by it. */
const fileName = 'added.json';
const lookMs = 500;

export function noteAdded(dataFolder: string, id: string): void {
  const added = readAdded(dataFolder);
  if (!added.includes(id)) writeAdded(dataFolder, [...added, id]);
}

export function noteRemoved(dataFolder: string, id: string): void {
  const added = readAdded(dataFolder);
  if (added.includes(id))
    writeAdded(
      dataFolder,
      added.filter((each) => each !== id),
    );
}

export function readAdded(dataFolder: string): readonly string[] {
  const file = join(resolve(dataFolder), fileName);
  if (!existsSync(file)) return [];
  const ids: unknown = JSON.parse(readFileSync(file, 'utf8'));
  if (!Array.isArray(ids) || !ids.every((id) => typeof id === 'string'))
    throw new UsageError(`${file} is no list of nodes: write the names of those that were added, such as ["n4"].`);
  return ids;
}

/** Renamed into place: `up` may look at any moment. */
function writeAdded(dataFolder: string, ids: readonly string[]): void {
  const file = join(resolve(dataFolder), fileName);
  writeFileSync(`${file}.new`, `${JSON.stringify(ids)}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

/** Those of them that are not nodes of the plan anyway, each where the number in its name puts it. */
export function planAdded(plan: readonly NodeProcessOptions[]): readonly NodeProcessOptions[] {
  const [first] = plan;
  if (first === undefined) return [];
  const ids = readAdded(first.dataFolder).filter((id) => plan.every((node) => node.id !== id));
  return ids.map((id) => {
    const place = placeOf(id);
    const port = first.port + place;
    const peerPort = first.peerPort + place;
    return {
      ...first,
      id,
      port,
      peerPort,
      // One is enough: it says where the others are.
      peers: `${first.id}=127.0.0.1:${first.peerPort},${id}=127.0.0.1:${peerPort}`,
      publicUrls: `${id}=http://127.0.0.1:${port}`,
    };
  });
}

/** From now on those that are added run, and those that were removed end. Returns the way to stop looking. */
export function followAdded(
  supervisor: Supervisor,
  plan: readonly NodeProcessOptions[],
  say: (line: string) => void,
): () => void {
  let said = '';
  const look = (): void => {
    try {
      supervisor.runAlso(planAdded(plan));
      said = '';
    } catch (error) {
      // What runs goes on, and the file may be mended.
      if (String(error) !== said) say(String(error));
      said = String(error);
    }
  };
  look();
  const timer = setInterval(look, lookMs);
  return () => clearInterval(timer);
}
