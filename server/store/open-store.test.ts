import { expect, it } from 'vitest';
import { openStore } from './open-store.ts';

const options = { timeoutMs: 1_000, log: { info: () => {}, warn: () => {} } };

it('says what a URL must be, without repeating its secrets', () => {
  expect(() => openStore('postgres://me:secret@db/graph', options)).toThrow(
    /^DATABASE_URL begins with postgres: (?!.*secret)/,
  );
  expect(() => openStore('sqlite:', options)).toThrow('names no file');
  expect(() => openStore('mysql://me:secret@db', options)).toThrow('names no schema');
});

it('does not connect before it is opened', () => {
  expect(openStore('mysql://me:secret@127.0.0.1:1/graph', options).kind).toBe('mysql');
  expect(openStore('sqlite:/nowhere/graph.db', options).kind).toBe('sqlite');
});
