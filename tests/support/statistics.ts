/** The value below which this part of the values lies (nearest rank). */
export function quantile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const place = Math.max(0, Math.ceil(part * sorted.length) - 1);
  return sorted[place] ?? Number.NaN;
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);
