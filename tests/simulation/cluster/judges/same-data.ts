/**
 * Whether two values of plain data are the same. Judges ask it by the million, and Node's own comparison, which knows of cycles,
 * prototypes and typed arrays, was a seventh of all that a simulation of whole nodes cost. False also when it would have to look
 * into anything but plain data: whoever needs to know then asks Node.
 */
export function isSamePlainData(a: unknown, b: unknown): boolean {
  if (typeof a !== 'object' || a === null || typeof b !== 'object' || b === null) return Object.is(a, b);
  if (a === b) return true;
  if (Array.isArray(a)) return Array.isArray(b) && isSameArray(a, b);
  return isPlain(a) && isPlain(b) && isSameObject(a, b);
}

function isSameArray(a: readonly unknown[], b: readonly unknown[]): boolean {
  if (a.length !== b.length) return false;
  for (let at = 0; at < a.length; at++) if (!isSamePlainData(a[at], b[at])) return false;
  return true;
}

type Plain = Readonly<Record<string, unknown>>;

function isSameObject(a: Plain, b: Plain): boolean {
  const names = Object.keys(a);
  if (names.length !== Object.keys(b).length) return false;
  for (const name of names) {
    if (!Object.hasOwn(b, name) || !isSamePlainData(a[name], b[name])) return false;
  }
  return true;
}

function isPlain(value: object): value is Plain {
  return Object.getPrototypeOf(value) === Object.prototype;
}
