/** Why a text is no `databaseUrl`; null when it is one. Never repeats the text: it may hold a password. */
export function databaseUrlProblem(text: string): string | null {
  if (text.startsWith('sqlite:'))
    return text.length > 'sqlite:'.length ? null : 'sqlite: is followed by the path of a file';
  if (!URL.canParse(text)) return 'it is no URL';
  const url = new URL(text);
  if (url.protocol !== 'mysql:') return `it begins with ${url.protocol}`;
  if (url.hostname === '') return 'it names no host';
  if (!/^\/[^/]+$/.test(url.pathname)) return 'it names no schema after the host';
  return null;
}

export function redisUrlProblem(text: string): string | null {
  if (!URL.canParse(text)) return 'it is no URL';
  const url = new URL(text);
  if (url.protocol !== 'redis:' && url.protocol !== 'rediss:') return `it begins with ${url.protocol}`;
  return url.hostname === '' ? 'it names no host' : null;
}

/** The same URL, fit for logs: without user and password. */
export function withoutPassword(text: string): string {
  if (text.startsWith('sqlite:') || !URL.canParse(text)) return text.startsWith('sqlite:') ? text : '(no URL)';
  const url = new URL(text);
  url.username = '';
  url.password = '';
  // A driver may take credentials as parameters too.
  url.search = '';
  return url.href;
}
