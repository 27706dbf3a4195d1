import { readFileSync } from 'node:fs';
import type { Config } from './config.ts';
import type { ConfigSource, Given } from './config-source.ts';

const secretLengthMin = 16;

/** The secret that all nodes share: from the environment, or from a file that it names. Empty when there is none. */
export function readClusterSecret(source: ConfigSource): string {
  const given = source.variable('INSTAFACE_CLUSTER_SECRET');
  const file = source.variable('INSTAFACE_CLUSTER_SECRET_FILE');
  if (given !== null && file !== null) {
    source.problems.push(
      'INSTAFACE_CLUSTER_SECRET and INSTAFACE_CLUSTER_SECRET_FILE are both given; allowed: one of them',
    );
    return '';
  }
  const secret = given?.text ?? (file === null ? '' : (readText(source, file)?.trim() ?? ''));
  const origin = given ?? file;
  if (origin !== null && secret.length < secretLengthMin) {
    source.refuseSilently(origin, `it has ${secret.length} characters`, `a secret of at least ${secretLengthMin}`);
  }
  return secret;
}

/** Certificates for the links between nodes: all three files, or none. */
export function readPeerTls(source: ConfigSource): Config['peerTls'] {
  const files = {
    cert: source.variable('INSTAFACE_TLS_CERT_FILE'),
    key: source.variable('INSTAFACE_TLS_KEY_FILE'),
    ca: source.variable('INSTAFACE_TLS_CA_FILE'),
  };
  const { cert, key, ca } = files;
  if (cert === null && key === null && ca === null) return null;
  if (cert === null || key === null || ca === null) {
    source.problems.push(
      'INSTAFACE_TLS_CERT_FILE, INSTAFACE_TLS_KEY_FILE and INSTAFACE_TLS_CA_FILE go together; allowed: all three or none',
    );
    return null;
  }
  return Object.freeze({
    cert: readText(source, cert) ?? '',
    key: readText(source, key) ?? '',
    ca: readText(source, ca) ?? '',
  });
}

/** Null, and a problem noted, where the file cannot be read. */
export function readText(source: ConfigSource, file: Given): string | null {
  try {
    return readFileSync(file.text, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
    source.refuse(file, `the path of a file that can be read (${code})`);
    return null;
  }
}
