import path from 'node:path';
import { defineConfig } from 'vitest/config';
import { mutantNamed } from './all-mutants.ts';
import { mutate } from './plant-mutant.ts';

const root = path.resolve(import.meta.dirname, '../..');
const name = process.env['INSTAFACE_MUTANT'] ?? '';
const mutant = name === '' ? null : mutantNamed(name);
const planted = new Set(mutant?.edits.map(({ file }) => file));

/** The tests beside the code, with the bug that INSTAFACE_MUTANT names, if any, planted as modules are loaded. */
export default defineConfig({
  root,
  // As in the project's own configuration.
  resolve: { alias: [{ find: /^graphql$/, replacement: import.meta.resolve('graphql') }] },
  plugins: [
    {
      name: 'plant-mutant',
      enforce: 'pre',
      transform(source, id) {
        const file = path.relative(root, id);
        return mutant !== null && planted.has(file) ? mutate(mutant, { file, source }) : null;
      },
    },
  ],
  test: {
    include: ['{consensus,server}/**/*.test.ts'],
    environment: 'node',
    setupFiles: [path.join(import.meta.dirname, 'mutant-vitest.setup.ts')],
    pool: 'forks',
    // Its key knows nothing of the planted bug: the second one would be tried with the first one's files.
    fsModuleCache: false,
    maxWorkers: 1,
    testTimeout: 60_000,
  },
});
