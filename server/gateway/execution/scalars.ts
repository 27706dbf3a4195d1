import { GraphQLError, Kind, valueFromASTUntyped, type GraphQLScalarType, type ValueNode } from 'graphql';
import { jsonDepthMax, timeMsMax, timeMsMin } from '#server/graph/limits.ts';

/** How the schema's own scalars are read and written. Times are milliseconds inside, log indexes and sequences whole numbers. */
export const scalars: Readonly<
  Record<string, Partial<Pick<GraphQLScalarType, 'serialize' | 'parseValue' | 'parseLiteral'>>>
> = {
  DateTime: {
    serialize: (value) => (typeof value === 'number' ? new Date(value).toISOString() : value),
    parseValue: parseDateTime,
    parseLiteral: (node) => parseDateTime(node.kind === Kind.STRING ? node.value : undefined),
  },
  LogIndex: {
    serialize: String,
    parseValue: parseLogIndex,
    parseLiteral: (node) => parseLogIndex(node.kind === Kind.STRING || node.kind === Kind.INT ? node.value : undefined),
  },
  Sequence: {
    serialize: String,
    parseValue: parseSequence,
    parseLiteral: (node) => parseSequence(node.kind === Kind.STRING || node.kind === Kind.INT ? node.value : undefined),
  },
  JSON: { serialize: (value) => value, parseValue: parseJson, parseLiteral: parseJsonLiteral },
  JSONObject: {
    serialize: (value) => value,
    parseValue: (value) => parseJsonObject(parseJson(value)),
    parseLiteral: (node, variables) => parseJsonObject(parseJsonLiteral(node, variables)),
  },
};

const dateTimePattern = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/;

function parseDateTime(value: unknown): number {
  const time = typeof value === 'string' && dateTimePattern.test(value) ? Date.parse(value) : Number.NaN;
  if (!(time >= timeMsMin && time <= timeMsMax))
    throw new GraphQLError(`DateTime must be a string like "2026-11-22T09:41:08.120Z", not ${shown(value)}`);
  return time;
}

/** The index of a header or variable. Throws GraphQLError. */
export function parseLogIndex(value: unknown): number {
  return parseWholeNumber('LogIndex', value);
}

function parseSequence(value: unknown): number {
  return parseWholeNumber('Sequence', value);
}

function parseWholeNumber(scalar: string, value: unknown): number {
  const number =
    typeof value === 'number' || (typeof value === 'string' && /^\d{1,16}$/.test(value)) ? Number(value) : -1;
  if (!Number.isSafeInteger(number) || number < 0)
    throw new GraphQLError(`${scalar} must be a whole number as a decimal string, not ${shown(value)}`);
  return number;
}

function parseJsonLiteral(node: ValueNode, variables?: Readonly<Record<string, unknown>> | null): unknown {
  return parseJson(valueFromASTUntyped(node, variables));
}

/** A copy with ordinary prototypes: literals come without any. Deeper than the graph takes is refused before anything recurses into it. */
function parseJson(value: unknown, depth = 0): unknown {
  if (typeof value === 'number' && !Number.isFinite(value)) throw new GraphQLError(`JSON has no ${value}`);
  if (typeof value !== 'object' || value === null) return value;
  if (depth > jsonDepthMax) throw new GraphQLError(`JSON must not be nested deeper than ${jsonDepthMax}`);
  if (Array.isArray(value)) return value.map((item) => parseJson(item, depth + 1));
  // Object.fromEntries defines `__proto__` like any other name; the graph then refuses it by that name.
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, parseJson(member, depth + 1)]));
}

function parseJsonObject(value: unknown): object {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new GraphQLError(`JSONObject must be an object, not ${shown(value)}`);
  return value;
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
