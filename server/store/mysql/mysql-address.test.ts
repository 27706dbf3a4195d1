import { expect, it } from 'vitest';
import { describeAddress, parseMysqlUrl } from './mysql-address.ts';

it('reads every part of a URL, decoded', () => {
  expect(parseMysqlUrl('mysql://me:p%40ss%2F%3A@db.example:3307/my%20graph?tls=on')).toEqual({
    host: 'db.example',
    port: 3307,
    user: 'me',
    password: 'p@ss/:',
    schema: 'my graph',
    tls: true,
  });
  expect(parseMysqlUrl('mysql://me@[::1]/graph')).toMatchObject({ host: '::1', port: 3306, password: '', tls: false });
});

it('says what is missing, without the password', () => {
  expect(() => parseMysqlUrl('mysql://me:secret@db')).toThrow('names no schema');
  expect(() => parseMysqlUrl('mysql://db/graph')).toThrow('names no user');
  expect(() => parseMysqlUrl('mysql://me:secret@db/graph?tls=maybe')).toThrow('tls=maybe');
  expect(() => parseMysqlUrl('mysql://me:sec ret@db:port/graph')).toThrow(/^DATABASE_URL is no URL: (?!.*sec ret)/);
  expect(describeAddress(parseMysqlUrl('mysql://me:secret@db/graph'))).toBe('me@db:3306/graph');
});
