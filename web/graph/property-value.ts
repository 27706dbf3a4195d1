/** What a property can hold, in the words of the editor. */
export const VALUE_KINDS = ['text', 'number', 'yes or no', 'JSON'] as const;
export type ValueKind = (typeof VALUE_KINDS)[number];

export function kindOf(value: unknown): ValueKind {
  if (typeof value === 'string') return 'text';
  if (typeof value === 'number') return 'number';
  return typeof value === 'boolean' ? 'yes or no' : 'JSON';
}

/** A value as it is written in the editor; `readValue` of it gives the same value again. */
export function writeValue(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** What was written, as a value of the kind that was chosen, or what is wrong with it. */
export function readValue(
  kind: ValueKind,
  written: string,
): { readonly value: unknown } | { readonly problem: string } {
  switch (kind) {
    case 'text':
      return { value: written };
    case 'number':
      return /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(written.trim()) && Number.isFinite(Number(written))
        ? { value: Number(written) }
        : { problem: 'A number is wanted, such as 42 or -0.5.' };
    case 'yes or no':
      return { value: written === 'true' };
    case 'JSON':
      return readJson(written);
  }
}

function readJson(written: string): { readonly value: unknown } | { readonly problem: string } {
  try {
    const value: unknown = JSON.parse(written);
    // Null means removed, in a change of properties.
    return value === null ? { problem: 'To have no value, remove the property.' } : { value };
  } catch {
    return { problem: 'JSON is wanted, such as [1, 2] or {"a": true}.' };
  }
}
