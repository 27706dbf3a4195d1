/**
 * Makes a cluster from a database whose log is gone. The row in the database comes first: from then on no old node can write, and a crash
 * before the last folder leaves a database that can be recovered again. The folders hold what a founded node has, an identity and
 * a log, the log empty after its mark: so nothing that starts them needs to know that they were recovered.
 */
import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { LogIndex, NodeId, SnapshotMark, Term } from '#consensus/core/types.ts';
import { writeIdentity } from '#consensus/driver/identity.ts';
import { openFileLog } from '#consensus/storage/file-log.ts';
import { NodeDisk } from '#consensus/storage/node-disk.ts';
import { recoveredIdentity, recoveredStart } from '#server/graph/cluster-identity.ts';
import { StoreError, type MaterializedMark } from '#server/graph/store-port.ts';
import { openRecoveredStore } from '#server/store/recovered-store.ts';

const databaseTimeoutMs = 10_000;
const segmentBytesMax = 16 * 1024 * 1024;

export const recoverErrorCodes = [
  'LOG_FOUND',
  'CLUSTER_RUNS',
  'NOTHING_TO_RECOVER',
  'IDS_EXHAUSTED',
  'DATABASE_REFUSED',
  'FOLDER_REFUSED',
] as const;

/** Nothing was changed, unless the message says so. */
export class RecoverError extends Error {
  override readonly name = 'RecoverError';
  readonly code: (typeof recoverErrorCodes)[number];

  constructor(code: RecoverError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export interface RecoverOptions {
  readonly databaseUrl: string;
  /** Logs are looked for in it and in its folders; a folder is made in it for each member. */
  readonly dataFolder: string;
  /** Who votes in the new cluster. */
  readonly members: readonly string[];
  /** The last word, by who knows what is given up. False: nothing is changed. */
  readonly confirm: (plan: RecoverPlan) => Promise<boolean>;
}

export interface RecoverPlan {
  readonly oldCluster: string;
  readonly newCluster: string;
  /** What the database holds; commits after it are lost. */
  readonly materializedIndex: LogIndex;
  /** The new log begins after this index, in a term after `term`. */
  readonly startIndex: LogIndex;
  readonly term: Term;
  /** By member. */
  readonly folders: ReadonlyMap<string, string>;
}

/** Null: it was not confirmed. Rejects with RecoverError. */
export async function recover(options: RecoverOptions): Promise<RecoverPlan | null> {
  const { databaseUrl, confirm } = options;
  const dataFolder = resolve(options.dataFolder);
  refuseLogs(dataFolder);
  const log = { info: () => undefined, warn: () => undefined };
  const store = await refused(openRecoveredStore(databaseUrl, { timeoutMs: databaseTimeoutMs, log }));
  try {
    const plan = planOf(store.mark, { dataFolder, members: options.members });
    if (!(await confirm(plan))) return null;
    // Somebody may have brought a log back while the question stood.
    refuseLogs(dataFolder);
    const { newCluster: cluster, startIndex: index, term } = plan;
    await refused(store.giveTo({ cluster, epoch: term, index, term }));
    for (const [id, folder] of plan.folders) await writeMember(plan, { id, folder });
    return plan;
  } finally {
    await store.close();
  }
}

function planOf(
  mark: MaterializedMark,
  { dataFolder, members }: { readonly dataFolder: string; readonly members: readonly string[] },
): RecoverPlan {
  if (mark.cluster === '')
    throw new RecoverError('NOTHING_TO_RECOVER', 'no cluster ever wrote to the database: start a new one with it');
  const startIndex = recoveredStart(mark.index);
  if (startIndex === null)
    throw new RecoverError('IDS_EXHAUSTED', `the database is at ${mark.index}: no ids are left for another log`);
  const newCluster = recoveredIdentity({ identity: mark.cluster, index: mark.index, uuid: randomUUID() });
  return {
    oldCluster: mark.cluster,
    newCluster,
    materializedIndex: mark.index,
    startIndex,
    term: (mark.epoch + 1) as Term,
    folders: new Map(members.map((id) => [id, join(dataFolder, id)])),
  };
}

/** In the folder itself, which may be a node's own, or in one of its folders, as `up` lays them out. */
function refuseLogs(dataFolder: string): void {
  const folders = existsSync(dataFolder)
    ? readdirSync(dataFolder, { withFileTypes: true }).filter((entry) => entry.isDirectory())
    : [];
  for (const folder of [dataFolder, ...folders.map(({ name }) => join(dataFolder, name))]) {
    const log = join(folder, 'log');
    if (!existsSync(log) || readdirSync(log).length === 0) continue;
    throw new RecoverError(
      'LOG_FOUND',
      `${log} holds a log, and it knows more than the database: start the node that it belongs to. If a majority of the ` +
        'nodes is gone for good, move that folder away first; then what was committed and is not in the database is lost',
    );
  }
}

/** The identity first: a node with it and without a log refuses to start, one with the log alone would be taken for its predecessor. */
async function writeMember(plan: RecoverPlan, member: { readonly id: string; readonly folder: string }): Promise<void> {
  const members = [...plan.folders.keys()] as NodeId[];
  const { newCluster: clusterId, startIndex: index, term } = plan;
  try {
    writeIdentity(member.folder, { nodeId: member.id as NodeId, state: { kind: 'founded', clusterId }, members });
    await writeEmptyLog(join(member.folder, 'log'), {
      index,
      term,
      configuration: { voters: members.toSorted(), learners: [] },
    });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new RecoverError(
      'FOLDER_REFUSED',
      `${member.folder} cannot be written (${reason}). The database already belongs to the new cluster ${clusterId}: remove the ` +
        'log folders that were just made, and recover again',
      { cause: error },
    );
  }
}

function writeEmptyLog(folder: string, mark: SnapshotMark): Promise<void> {
  return new Promise((done, failed) => {
    const { storage } = openFileLog({ disk: new NodeDisk(folder), onFailure: failed, segmentBytesMax });
    const hardState = { term: mark.term, votedFor: null };
    storage.persist(
      { sequence: 1, hardState, reset: mark, truncateFrom: null, entries: [], compactTo: null },
      () => undefined,
    );
    storage.close(done);
  });
}

async function refused<Result>(result: Promise<Result>): Promise<Result> {
  try {
    return await result;
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    const code = error.kind === 'fenced' ? 'CLUSTER_RUNS' : 'DATABASE_REFUSED';
    throw new RecoverError(code, error.message, { cause: error });
  }
}
