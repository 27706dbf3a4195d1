import { registerHooks } from 'node:module';
import { pathToFileURL } from 'node:url';
import path from 'node:path';

const core = `${pathToFileURL(path.resolve(import.meta.dirname, '../../consensus/core')).href}/`;

/**
 * Modules of the core that this thread loads from now on have `_name` where the source says `#name`, and are else as they are. So a
 * state can be compared and copied whole, by walking over it: a list of fields kept by hand would miss the one that was added last,
 * and two states that differ in it would pass for one.
 */
export function revealPrivateFields(): void {
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context);
      if (!url.startsWith(core) || loaded.source === undefined) return loaded;
      const { source } = loaded;
      const text = typeof source === 'string' ? source : new TextDecoder().decode(source);
      return { ...loaded, source: text.replace(/(?<=[\s.(!])#(?=[a-z])/g, '_') };
    },
  });
}
