import { createHash } from 'node:crypto';
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { extname, join, relative, sep } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants } from 'node:zlib';
import { reply, type Exchange } from './reply.ts';

const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.webmanifest': 'application/manifest+json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
  '.svg': 'image/svg+xml; charset=utf-8',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.ico': 'image/x-icon',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
  '.wasm': 'application/wasm',
};
/** Compressed by their own format already. */
const compact: ReadonlySet<string> = new Set(['.png', '.jpg', '.ico', '.webp', '.woff2']);
/** The whole client stays in memory. */
const folderBytesMax = 64 * 1024 * 1024;

interface StaticFile {
  readonly path: string;
  readonly type: string;
  readonly body: Buffer;
  readonly tag: string;
  /** The name changes with the content, so a browser need never ask again. */
  readonly immutable: boolean;
  compressed: Promise<Buffer> | null;
}

/**
 * The files of the built client, read at start. A path is looked up among them and nowhere else, so none leads out of the folder; what is
 * no file is a page of the client, which finds its way by itself.
 */
export class StaticFiles {
  readonly #files: ReadonlyMap<string, StaticFile>;

  constructor(folder: string) {
    this.#files = readFiles(folder);
  }

  /** False when there is nothing of this name, and the request does not ask for a page. `policy`: of the pages. */
  async serve(exchange: Exchange, path: string, policy: () => string): Promise<boolean> {
    const file = this.#files.get(path === '/' ? '/index.html' : path) ?? this.#pageFor(exchange, path);
    if (file === undefined) return false;
    const { headers } = exchange.request;
    const isPage = file.type.startsWith('text/html');
    const common = {
      'cache-control': file.immutable ? 'public, max-age=31536000, immutable' : 'no-cache',
      etag: file.tag,
      vary: 'Accept-Encoding',
      ...(isPage ? { 'content-security-policy': policy(), 'cross-origin-opener-policy': 'same-origin' } : {}),
    };
    if (headers['if-none-match'] === file.tag) {
      reply(exchange, { status: 304, headers: common });
      return true;
    }
    const takesBrotli = /\bbr\b/.test(headers['accept-encoding'] ?? '') && !compact.has(extname(file.path));
    reply(exchange, {
      status: 200,
      headers: { ...common, 'content-type': file.type, ...(takesBrotli ? { 'content-encoding': 'br' } : {}) },
      body: takesBrotli ? await compressedBody(file) : file.body,
    });
    return true;
  }

  #pageFor({ request }: Exchange, path: string): StaticFile | undefined {
    const wantsPage = (request.headers.accept ?? '').includes('text/html');
    return wantsPage && extname(path) === '' ? this.#files.get('/index.html') : undefined;
  }
}

function readFiles(folder: string): ReadonlyMap<string, StaticFile> {
  const files = new Map<string, StaticFile>();
  let bytes = 0;
  for (const path of filePaths(folder)) {
    const body = readFileSync(path);
    bytes += body.length;
    if (bytes > folderBytesMax) throw new Error(`The web client in ${folder} is larger than ${folderBytesMax} bytes.`);
    const name = `/${relative(folder, path).split(sep).join('/')}`;
    files.set(name, {
      path,
      type: contentTypes[extname(path)] ?? 'application/octet-stream',
      body,
      tag: `"${createHash('sha256').update(body).digest('base64url')}"`,
      immutable: name.startsWith('/assets/'),
      compressed: null,
    });
  }
  return files;
}

function filePaths(folder: string): readonly string[] {
  if (statSync(folder, { throwIfNoEntry: false }) === undefined) return [];
  return (
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      // What begins with a dot is for tools, such as the bundler's manifest.
      .filter(
        (path) =>
          !relative(folder, path)
            .split(sep)
            .some((part) => part.startsWith('.')),
      )
  );
}

/** Once a file, off the event loop. */
function compressedBody(file: StaticFile): Promise<Buffer> {
  file.compressed ??= promisify(brotliCompress)(file.body, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } });
  return file.compressed;
}
