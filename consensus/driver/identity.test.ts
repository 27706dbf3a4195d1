import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { NodeId, Term } from '../core/types.ts';
import type { Identity, IdentityOptions } from './identity.ts';
import { IdentityError, openIdentity, writeIdentity } from './identity.ts';

const n1 = 'n1' as NodeId;
const members = ['n1', 'n2', 'n3'] as NodeId[];
const founded: Identity = { nodeId: n1, state: { kind: 'founded', clusterId: 'cluster-a' }, members };
const prepared: Identity = { ...founded, state: { kind: 'prepared', clusterId: 'cluster-a' } };

function newFolder(): IdentityOptions {
  const folder = mkdtempSync(join(tmpdir(), 'instaface-identity-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return { folder, nodeId: n1, members, clusterId: null, logFolder: join(folder, 'log') };
}

function addLog(options: IdentityOptions): void {
  mkdirSync(options.logFolder);
  writeFileSync(join(options.logFolder, '1.log'), 'entries');
}

function codeOf(options: IdentityOptions): string {
  try {
    openIdentity(options);
  } catch (error) {
    if (error instanceof IdentityError) return error.code;
    throw error;
  }
  return 'none';
}

describe('the identity of a data folder', () => {
  it('is empty where there is none, also when the folder does not exist, and is this node from then on', () => {
    const options = newFolder();
    const missing = { ...options, folder: join(options.folder, 'a', 'b') };
    expect(openIdentity(missing)).toEqual({ nodeId: n1, state: { kind: 'empty' }, members });
    expect(codeOf({ ...missing, nodeId: 'n2' as NodeId })).toBe('WRONG_NODE_ID');
    // While it is empty, the members are those that it is started with.
    const two = ['n1', 'n2'] as NodeId[];
    expect(openIdentity({ ...missing, members: two }).members).toEqual(two);
  });

  it('survives a crash after the log was made and before the founding', () => {
    const options = newFolder();
    openIdentity(options);
    addLog(options);
    expect(openIdentity(options).state).toEqual({ kind: 'empty' });
  });

  it('of a node that joined later keeps what it began with, and is none that v0.1 would read', () => {
    const options = newFolder();
    addLog(options);
    const configuration = { voters: members, learners: ['n4' as NodeId] };
    const joined = { clusterId: 'cluster-a', term: 7 as Term, leader: n1, configuration };
    writeIdentity(options.folder, { ...founded, joined });
    expect(openIdentity(options)).toEqual({ ...founded, joined });
    expect(JSON.parse(readFileSync(join(options.folder, 'identity.json'), 'utf8'))).toMatchObject({ formatVersion: 2 });
    writeIdentity(options.folder, founded);
    expect(JSON.parse(readFileSync(join(options.folder, 'identity.json'), 'utf8'))).toMatchObject({ formatVersion: 1 });
    const torn = { formatVersion: 2, nodeId: n1, state: founded.state, members, joined: { ...joined, term: 0 } };
    writeFileSync(join(options.folder, 'identity.json'), JSON.stringify(torn));
    expect(codeOf(options)).toBe('IDENTITY_DAMAGED');
  });

  it('is read as it was written, and written whole or not at all', () => {
    const options = newFolder();
    addLog(options);
    writeIdentity(options.folder, prepared);
    writeIdentity(options.folder, founded);
    // What a crash in the middle of the next write leaves behind.
    writeFileSync(join(options.folder, 'identity.json.new'), '{"formatVersion":1,"nodeId":"n');
    expect(openIdentity(options)).toEqual(founded);
    writeIdentity(options.folder, founded);
    expect(readdirSync(options.folder).toSorted()).toEqual(['identity.json', 'log']);
  });

  it('is refused by another node, and by a node of another cluster', () => {
    const options = newFolder();
    addLog(options);
    writeIdentity(options.folder, founded);
    expect(codeOf({ ...options, nodeId: 'n2' as NodeId })).toBe('WRONG_NODE_ID');
    expect(codeOf({ ...options, clusterId: 'cluster-b' })).toBe('WRONG_CLUSTER');
    expect(codeOf({ ...options, clusterId: 'cluster-a' })).toBe('none');
  });

  it('says what was wanted and what was there, and changes nothing', () => {
    const options = newFolder();
    addLog(options);
    writeIdentity(options.folder, founded);
    const before = readFileSync(join(options.folder, 'identity.json'), 'utf8');
    expect(() => openIdentity({ ...options, nodeId: 'n2' as NodeId })).toThrow(
      /belongs to the node n1, and this is n2/,
    );
    expect(readFileSync(join(options.folder, 'identity.json'), 'utf8')).toBe(before);
  });

  it('does not go with other founding members while it is only prepared', () => {
    const options = newFolder();
    writeIdentity(options.folder, prepared);
    const others = { ...options, members: ['n1', 'n2', 'n4'] as NodeId[] };
    expect(codeOf(others)).toBe('WRONG_MEMBERS');
    addLog(options);
    writeIdentity(options.folder, founded);
    expect(codeOf(others)).toBe('none');
  });

  it('and a log go together: neither is used without the other', () => {
    const withoutIdentity = newFolder();
    addLog(withoutIdentity);
    expect(codeOf(withoutIdentity)).toBe('IDENTITY_MISSING');
    const withoutLog = newFolder();
    writeIdentity(withoutLog.folder, founded);
    expect(codeOf(withoutLog)).toBe('LOG_MISSING');
    mkdirSync(withoutLog.logFolder);
    expect(codeOf(withoutLog)).toBe('LOG_MISSING');
  });

  it.each([
    ['', 'IDENTITY_DAMAGED'],
    ['{', 'IDENTITY_DAMAGED'],
    ['null', 'IDENTITY_DAMAGED'],
    ['{"nodeId":"n1"}', 'IDENTITY_DAMAGED'],
    ['{"formatVersion":1,"nodeId":"n1","members":[],"state":{"kind":"founded"}}', 'IDENTITY_DAMAGED'],
    ['{"formatVersion":1,"nodeId":"n1","members":"n1","state":{"kind":"empty"}}', 'IDENTITY_DAMAGED'],
    ['{"formatVersion":3,"nodeId":"n1"}', 'IDENTITY_TOO_NEW'],
  ])('that reads %s is never taken for an empty one', (text, code) => {
    const options = newFolder();
    writeFileSync(join(options.folder, 'identity.json'), text);
    expect(codeOf(options)).toBe(code);
  });
});
