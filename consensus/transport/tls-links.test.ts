import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { LinkTls } from './sockets.ts';
import { isOpen, n1, n2, n3, openPair, openTestLinks, stranger, until, untilOpen } from './testing-links.ts';

function hasOpenssl(): boolean {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Certificates for 127.0.0.1 from an authority made for this one test. */
function authority(): (name: string) => LinkTls {
  const folder = mkdtempSync(join(tmpdir(), 'instaface-tls-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const openssl = (...args: string[]): void => {
    execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' });
  };
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  openssl(
    'req',
    '-x509',
    ...newKey,
    '-keyout',
    'ca.key',
    '-out',
    'ca.pem',
    '-days',
    '2',
    '-subj',
    '/CN=test authority',
  );
  writeFileSync(join(folder, 'san.cnf'), 'subjectAltName=IP:127.0.0.1\n');
  return (name) => {
    openssl('req', ...newKey, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}`);
    const signed = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-extfile', 'san.cnf', '-days', '2'];
    openssl('x509', '-req', '-in', `${name}.csr`, '-out', `${name}.pem`, ...signed);
    const read = (file: string): string => readFileSync(join(folder, file), 'utf8');
    return { cert: read(`${name}.pem`), key: read(`${name}.key`), ca: read('ca.pem') };
  };
}

describe.skipIf(!hasOpenssl())('links over TLS (certificates are made with openssl)', () => {
  it('open between members, carry large messages, and need no secret', async () => {
    const certificate = authority();
    const { a, b } = await openPair({ tls: certificate('n1'), secret: '' });
    b.onRequest('fill', async (_from, payload) => (payload as Uint8Array).length);
    expect(await a.request(n2, 'fill', new Uint8Array(2_000_000), { timeoutMs: 10_000 })).toBe(2_000_000);
  });

  it('stay closed to a certificate of another authority, and to none', async () => {
    const certificate = authority();
    const foreign = authority();
    const b = await openTestLinks(n2, { tls: certificate('n2') });
    const peers = new Map([[n2, b.address()]]);
    const a = await openTestLinks(n1, { tls: { ...foreign('n1'), ca: certificate('n1').ca }, peers });
    const plain = await openTestLinks(n3, { peers });
    for (const links of [a, plain]) {
      await until(() => links.logged.some((line) => line.message.includes('cannot be reached')), 'it was refused');
      expect(isOpen(links, n2)).toBe(false);
    }
  });

  it('go on after strangers who do not speak TLS', async () => {
    const certificate = authority();
    const tls = certificate('nodes');
    const b = await openTestLinks(n2, { tls, limits: { handshakeTimeoutMs: 1_000 } });
    const visitor = await stranger(b.address());
    visitor.socket.write('GET / HTTP/1.1\r\n\r\n');
    await until(visitor.closed, 'the stranger was thrown out');
    const silent = await stranger(b.address());
    await until(silent.closed, 'the silent one was thrown out');
    const a = await openTestLinks(n1, { tls, peers: new Map([[n2, b.address()]]) });
    await untilOpen(a, n2);
  });

  it('reject a certificate that cannot be used before anything runs', async () => {
    await expect(openTestLinks(n1, { tls: { cert: 'none', key: 'none', ca: 'none' } })).rejects.toThrow();
  });
});
