import { createHash } from 'node:crypto';
import { clientRoles } from './config.ts';
import type { ClientRole, Config } from './config.ts';
import type { ConfigSource } from './config-source.ts';
import { readText } from './secret-files.ts';

const tokenLengthMin = 20;
const tokensMax = 10_000;

/**
 * Who may do what: a file with a line `role token` for each token; `#` begins a comment. Only digests are kept. Null without a file: then
 * nobody needs a token.
 */
export function readTokenRoles(source: ConfigSource): Config['tokenRoles'] {
  const file = source.text('tokenFile');
  const text = file === null ? null : readText(source, file);
  if (file === null || text === null) return null;
  const tokens = new Map<string, ClientRole>();
  for (const [place, line] of text.split('\n').entries()) {
    const words = line.replace(/#.*/, '').trim().split(/\s+/);
    if (words[0] === '') continue;
    const [name, token, ...more] = words;
    const role = clientRoles.find((each) => each === name);
    // The line is named, never shown: it holds a secret.
    if (role === undefined || token === undefined || token.length < tokenLengthMin || more.length > 0) {
      const allowed = `\`role token\` on each line, the role ${clientRoles.join(', ')}, the token of at least ${tokenLengthMin} characters`;
      source.refuseSilently(file, `its line ${place + 1} is not of that form`, allowed);
      continue;
    }
    tokens.set(createHash('sha256').update(token).digest('hex'), role);
  }
  if (tokens.size === 0) source.refuseSilently(file, 'it holds no token', 'at least one');
  if (tokens.size > tokensMax) source.refuseSilently(file, `it holds ${tokens.size} tokens`, `at most ${tokensMax}`);
  return tokens;
}
