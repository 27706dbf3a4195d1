import type { JsonValue, Properties } from './entity.ts';
import { GraphError } from './errors.ts';
import { jsonDepthMax, stringCharactersMax } from './limits.ts';

/** Names that change what an object is in JavaScript instead of being one of its fields. */
const refusedNames: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/** Refuses (BAD_INPUT) what is not JSON or would not come back the same from every database. `path` names the value in the message. */
export function checkJson(value: unknown, path: string, depth = 1): asserts value is JsonValue {
  if (value === null || typeof value === 'boolean') return;
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new GraphError('BAD_INPUT', `${path} must be a finite number, not ${value}`);
    return;
  }
  if (typeof value === 'string') return checkString(value, path, stringCharactersMax);
  if (typeof value !== 'object')
    throw new GraphError('BAD_INPUT', `${path} must be JSON, not ${article(typeof value)}`);
  if (depth > jsonDepthMax) throw new GraphError('BAD_INPUT', `${path} is nested deeper than ${jsonDepthMax}`);
  if (Array.isArray(value)) {
    for (let place = 0; place < value.length; place++) checkJson(value[place], `${path}[${place}]`, depth + 1);
    return;
  }
  checkPlainObject(value, path);
  for (const [name, member] of Object.entries(value)) {
    checkName(name, path);
    checkJson(member, `${path}.${name}`, depth + 1);
  }
}

/** A string of at most `charactersMax` code points that UTF-8 can carry: half a surrogate pair would change on its way. */
export function checkString(value: string, path: string, charactersMax: number): void {
  // Code points are never more than code units, so most strings need no counting; none has more than two units to a point.
  const tooLong =
    value.length > charactersMax && (value.length > 2 * charactersMax || Array.from(value).length > charactersMax);
  if (tooLong) throw new GraphError('BAD_INPUT', `${path} must have at most ${charactersMax} characters`);
  if (!value.isWellFormed()) throw new GraphError('BAD_INPUT', `${path} holds half a surrogate pair, which is no text`);
}

export function checkName(name: string, path: string): void {
  if (refusedNames.has(name)) throw new GraphError('BAD_INPUT', `${path} must not hold a property named ${name}`);
  if (!name.isWellFormed()) throw new GraphError('BAD_INPUT', `${path} holds a name that is no text`);
}

/** Only what JSON.parse could have made: a class, a Map or a Date would lose what it is. */
export function checkPlainObject(value: object, path: string): void {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    throw new GraphError('BAD_INPUT', `${path} must be a plain JSON object`);
  }
}

/** One text for equal values, whatever the order of their names. */
export function canonicalJson(value: JsonValue): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  let text = '';
  if (Array.isArray(value)) {
    for (const item of value) text += text === '' ? canonicalJson(item) : `,${canonicalJson(item)}`;
    return `[${text}]`;
  }
  const members = value as { readonly [name: string]: JsonValue };
  // Sorted by code units, on every machine.
  for (const name of Object.keys(members).sort()) {
    const member = `${JSON.stringify(name)}:${canonicalJson(members[name] ?? null)}`;
    text += text === '' ? member : `,${member}`;
  }
  return `{${text}}`;
}

/** Equal as JSON: names may come in any order, and -0 is 0. */
export function jsonEqual(left: JsonValue, right: JsonValue): boolean {
  if (left === right) return true;
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false;
  return canonicalJson(left) === canonicalJson(right);
}

/** `changes` over `before`, where null removes; without -0, which JSON cannot write. */
export function mergeProperties(before: Properties, changes: Properties): Properties {
  const merged = new Map(Object.entries(before));
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) merged.delete(name);
    else merged.set(name, withoutNegativeZero(value));
  }
  return Object.fromEntries(merged);
}

/** Bytes of compact JSON in UTF-8. */
export function jsonBytes(value: JsonValue): number {
  return Buffer.byteLength(JSON.stringify(value));
}

function withoutNegativeZero(value: JsonValue): JsonValue {
  if (typeof value === 'number') return value === 0 ? 0 : value;
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(withoutNegativeZero);
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, withoutNegativeZero(member)]));
}

function article(type: string): string {
  return type === 'undefined' ? 'undefined' : `a ${type}`;
}
