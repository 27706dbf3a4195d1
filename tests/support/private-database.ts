import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createConnection } from 'mysql2/promise';
import { freePorts } from './free-ports.ts';
import { findProgram, ServiceProcess } from './service-process.ts';
import type { DatabaseService } from './services.ts';
import { mysqlService } from './mysql-service.ts';

const user = 'instaface';
const password = 'private';

export interface PrivateDatabaseOptions {
  /** 1: a commit is on the disk when it is answered, as in production; 0 and 2: faster, and a power failure may take some back. */
  readonly flushLogAtCommit?: 0 | 1 | 2;
}

/** `mariadbd` or `mysqld` on a folder and port of its own; null: the program is not there. */
export async function privateDatabaseServer(options: PrivateDatabaseOptions): Promise<DatabaseService | null> {
  const mariadbd = findProgram(['mariadbd']);
  const program = mariadbd ?? findProgram(['mysqld']);
  if (program === null) return null;
  const [port = 0] = await freePorts(1);
  const serverArguments = (folder: string): readonly string[] => [
    program,
    '--no-defaults',
    ...asRoot(),
    ...placesIn(folder),
    `--socket=${join(folder, 'socket')}`,
    `--pid-file=${join(folder, 'pid')}`,
    `--port=${port}`,
    '--bind-address=127.0.0.1',
    '--skip-name-resolve',
    '--skip-log-bin',
    '--performance-schema=off',
    '--innodb-buffer-pool-size=128M',
    `--innodb-flush-log-at-trx-commit=${options.flushLogAtCommit ?? 1}`,
    '--max-connections=100',
    ...(mariadbd === null ? ['--mysqlx=off'] : []),
  ];
  const server = new ServiceProcess('database', {
    command: serverArguments,
    answers: () => answers(join(server.folder, 'socket')),
  });
  try {
    initialize(program, { isMariadb: mariadbd !== null, folder: server.folder });
    await server.start();
    await createUser(join(server.folder, 'socket'));
    const url = `mysql://${user}:${password}@127.0.0.1:${port}/instaface`;
    return await mysqlService({
      url,
      origin: 'private',
      pid: () => server.pid,
      dataFolder: join(server.folder, 'data'),
      faults: {
        kill: () => server.kill(),
        restart: () => server.start(),
        pause: () => server.pause(),
        resume: () => Promise.resolve(server.resume()),
      },
      stop: () => server.stop(),
    });
  } catch (error) {
    await server.stop();
    throw error;
  }
}

function initialize(program: string, { isMariadb, folder }: { isMariadb: boolean; folder: string }): void {
  mkdirSync(join(folder, 'tmp'));
  const [command, args] = isMariadb
    ? ['mariadb-install-db', ['--no-defaults', '--auth-root-authentication-method=normal', '--skip-test-db']]
    : [program, ['--no-defaults', '--initialize-insecure']];
  execFileSync(command, [...args, ...placesIn(folder), ...asRoot()], { stdio: 'pipe', timeout: 60_000 });
}

/** A server that starts deletes what it takes for its leftovers in the folder for temporary tables: in /tmp those of other servers. */
function placesIn(folder: string): readonly string[] {
  return [`--datadir=${join(folder, 'data')}`, `--tmpdir=${join(folder, 'tmp')}`];
}

/** The servers refuse to run as root unless they are told to. */
function asRoot(): readonly string[] {
  return process.getuid?.() === 0 ? ['--user=root'] : [];
}

async function answers(socketPath: string): Promise<boolean> {
  try {
    const connection = await createConnection({ socketPath, user: 'root', connectTimeout: 1_000 });
    await connection.end();
    return true;
  } catch {
    return false;
  }
}

async function createUser(socketPath: string): Promise<void> {
  const connection = await createConnection({ socketPath, user: 'root' });
  await connection.query(`create user ?@'%' identified by ?`, [user, password]);
  await connection.query(`grant all on *.* to ?@'%' with grant option`, [user]);
  await connection.end();
}
