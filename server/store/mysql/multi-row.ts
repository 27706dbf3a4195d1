import type { RowWrite, SqlValue, Statement } from '../engine.ts';

/** A statement's text stays well below the smallest `max_allowed_packet` in use (16 MiB in MariaDB). */
const textCharactersMax = 1_000_000;

/** Many rows as few statements. */
export function multiRowStatements(write: RowWrite): readonly Statement[] {
  const { width, values, rowsMax } = write;
  const statements: Statement[] = [];
  let start = 0;
  let characters = 0;
  for (let at = 0; at < values.length; at += width) {
    const size = rowCharacters(values, at, width);
    const full = (at - start) / width === rowsMax || characters + size > textCharactersMax;
    if (full && at > start) {
      statements.push(statementOf(write, start, at));
      start = at;
      characters = 0;
    }
    characters += size;
  }
  if (start < values.length) statements.push(statementOf(write, start, values.length));
  return statements;
}

function statementOf({ head, row, joiner, tail, width, values }: RowWrite, start: number, end: number): Statement {
  const rows = (end - start) / width;
  return { sql: head + (row + joiner).repeat(rows - 1) + row + tail, parameters: values.slice(start, end) };
}

function rowCharacters(values: readonly SqlValue[], at: number, width: number): number {
  let characters = 0;
  for (let place = at; place < at + width; place++) {
    const value = values[place];
    characters += typeof value === 'string' ? value.length : 16;
  }
  return characters;
}
