import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const dist = fileURLToPath(new URL('../../web/dist/', import.meta.url));

interface Chunk {
  readonly file: string;
  readonly css?: readonly string[];
  readonly imports?: readonly string[];
  readonly isEntry?: boolean;
}

/** The compressed size of the script and style that the browser needs before it can draw anything, by the build's manifest. */
export function firstLoadBytes(): number {
  const manifest = JSON.parse(readFileSync(`${dist}.vite/manifest.json`, 'utf8')) as Record<string, Chunk>;
  const files = new Set<string>();
  const take = (chunk: Chunk | undefined): void => {
    if (chunk === undefined || files.has(chunk.file)) return;
    files.add(chunk.file);
    for (const style of chunk.css ?? []) files.add(style);
    for (const name of chunk.imports ?? []) take(manifest[name]);
  };
  for (const chunk of Object.values(manifest)) if (chunk.isEntry === true) take(chunk);
  if (files.size === 0) throw new Error('the manifest names no entry');
  return [...files].reduce((bytes, file) => bytes + gzipSync(readFileSync(`${dist}${file}`)).length, 0);
}
