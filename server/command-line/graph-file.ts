/**
 * A graph as lines of JSON: what it is, its entities, then its associations, each once, then how many there were. Associations name
 * entities by the ids of the file, which another cluster does not give them again. An inverse is not written: the cluster makes it.
 */
import { UsageError } from './cluster-plan.ts';

export const graphFileVersion = 1;

export type GraphLine =
  | { readonly kind: 'graph'; readonly version: number; readonly cluster: string; readonly index: string }
  | EntityLine
  | AssociationLine
  | { readonly kind: 'end'; readonly entities: number; readonly associations: number };

export interface EntityLine {
  readonly kind: 'entity';
  readonly id: string;
  readonly type: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

export interface AssociationLine {
  readonly kind: 'association';
  readonly from: string;
  readonly type: string;
  readonly to: string;
  readonly time: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

/** JSON lets two line separators of Unicode stand as they are, at which many readers, Node's own too, end a line. */
export function writeLine(line: GraphLine): string {
  const text = JSON.stringify(line)
    .replaceAll('\u2028', String.raw`\u2028`)
    .replaceAll('\u2029', String.raw`\u2029`);
  return `${text}\n`;
}

/** Of its form; what the values mean, the cluster judges. Throws UsageError. */
export function readLine(text: string): GraphLine {
  const line = parse(text);
  const has = (names: readonly string[], type: 'string' | 'number'): boolean =>
    names.every((name) => typeof line[name] === type);
  const { properties } = line;
  const hasProperties = typeof properties === 'object' && properties !== null && !Array.isArray(properties);
  switch (line['kind']) {
    case 'graph':
      if (!has(['version'], 'number') || !has(['cluster', 'index'], 'string')) break;
      if (line['version'] === graphFileVersion) return line as unknown as GraphLine;
      throw new UsageError(`the file has version ${String(line['version'])}, this program reads ${graphFileVersion}`);
    case 'entity':
      if (has(['id', 'type'], 'string') && hasProperties) return line as unknown as GraphLine;
      break;
    case 'association':
      if (has(['from', 'type', 'to', 'time'], 'string') && hasProperties) return line as unknown as GraphLine;
      break;
    case 'end':
      if (has(['entities', 'associations'], 'number')) return line as unknown as GraphLine;
      break;
    default:
      throw new UsageError(`expected a graph, an entity, an association or the end, found ${shown(text)}`);
  }
  throw new UsageError(`the ${line['kind']} lacks a part, or one is of a wrong type: ${shown(text)}`);
}

function parse(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return value as Readonly<Record<string, unknown>>;
  } catch {
    // Said below, as for any other value.
  }
  throw new UsageError(`expected a JSON object, found ${shown(text)}`);
}

function shown(text: string): string {
  return JSON.stringify(text.slice(0, 80));
}
