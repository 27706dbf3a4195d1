import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');
/** What a node is made of. */
const parts = ['package.json', 'schema', 'server', 'consensus', 'bot'];

export interface ProgramCopy {
  readonly program: string;
  remove(): void;
}

/** The program with more files in its `schema/`, and nothing else changed: as somebody has it who declares types of their own. */
export function copyProgram(schemaFiles: Readonly<Record<string, string>>): ProgramCopy {
  const folder = mkdtempSync(join(tmpdir(), 'instaface-program-'));
  for (const part of parts) cpSync(join(root, part), join(folder, part), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  for (const [name, text] of Object.entries(schemaFiles)) writeFileSync(join(folder, 'schema', name), text);
  return {
    program: join(folder, 'server/command-line/instaface.ts'),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
