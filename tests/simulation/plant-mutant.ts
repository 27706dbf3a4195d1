import { Buffer } from 'node:buffer';
import { registerHooks } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Mutant } from './mutant.ts';

const root = path.resolve(import.meta.dirname, '../..');

/** Modules that this thread loads from now on have the bug. Throws at the import when the mutant no longer fits its file. */
export function plantMutant(mutant: Mutant): void {
  const urls = new Map(mutant.edits.map(({ file }) => [pathToFileURL(path.join(root, file)).href, file]));
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context);
      const file = urls.get(url);
      return file === undefined
        ? loaded
        : { ...loaded, source: mutate(mutant, { file, source: textOf(loaded.source) }) };
    },
  });
}

/** The source of one file with the mutant's edits to it. Throws when an expression does not occur exactly once. */
export function mutate(mutant: Mutant, { file, source }: { readonly file: string; readonly source: string }): string {
  let mutated = source;
  for (const { find, replace } of mutant.edits.filter((edit) => edit.file === file)) {
    const places = mutated.split(find).length - 1;
    if (places !== 1) throw new Error(`mutant '${mutant.name}': its expression occurs ${places} times in ${file}`);
    mutated = mutated.replace(find, () => replace);
  }
  return mutated;
}

function textOf(source: string | ArrayBuffer | NodeJS.TypedArray | undefined): string {
  if (source === undefined) throw new Error('a module without a source');
  if (typeof source === 'string') return source;
  return (
    source instanceof ArrayBuffer
      ? Buffer.from(source)
      : Buffer.from(source.buffer, source.byteOffset, source.byteLength)
  ).toString('utf8');
}
