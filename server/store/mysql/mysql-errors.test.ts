import { expect, it } from 'vitest';
import { StoreError } from '#server/graph/store-port.ts';
import { LockWait } from '../engine.ts';
import { parseMysqlUrl } from './mysql-address.ts';
import { storeErrorOf } from './mysql-errors.ts';
import { checkVersion, serverKind } from './server-sessions.ts';

const address = parseMysqlUrl('mysql://me:secret@db:3306/graph');

it.each([
  [1045, 'refused', 'check DATABASE_URL'],
  [1044, 'refused', 'grant all on `graph`.*'],
  [1290, 'unavailable', 'read-only'],
  [1146, 'refused', 'lost tables'],
  [1040, 'unavailable', 'me@db:3306/graph'],
  [1064, 'refused', 'error 1064'],
])('makes %i %s, and says what to do', (errno, kind, words) => {
  const error = storeErrorOf(serverError(errno), address);
  expect(error).toBeInstanceOf(StoreError);
  expect(error).toMatchObject({ kind });
  expect(error.message).toContain(words);
  expect(error.message).not.toContain('secret');
});

it('takes a failed connection for an absence, and a deadlock for a lock to wait for', () => {
  const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED', errno: -111 });
  expect(storeErrorOf(refused, address)).toMatchObject({ kind: 'unavailable' });
  expect(storeErrorOf(serverError(1213), address)).toBeInstanceOf(LockWait);
});

it('tells the servers apart, and refuses those that are too old', () => {
  expect(serverKind('10.11.6-MariaDB-log')).toBe('mariadb');
  expect(serverKind('8.0.11-TiDB-v8.5.0')).toBe('tidb');
  expect(serverKind('8.4.3')).toBe('mysql');
  for (const version of ['8.4.3', '9.1.0', '10.11.6-MariaDB', '11.8.2-MariaDB', '8.0.11-TiDB-v8.5.0']) {
    expect(() => checkVersion(version)).not.toThrow();
  }
  for (const version of ['5.7.44', '10.3.39-MariaDB']) expect(() => checkVersion(version)).toThrow('take MySQL 8.4');
});

function serverError(errno: number): Error {
  return Object.assign(new Error(`error ${errno}`), { errno, sqlState: 'HY000' });
}
