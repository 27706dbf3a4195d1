/** How numbers, times and names are written everywhere on the page. */

/** Thousands set apart by a comma; takes whole numbers of any size, also as decimal strings. */
export function formatCount(value: number | bigint | string): string {
  return BigInt(typeof value === 'number' ? Math.round(value) : value).toLocaleString('en-US');
}

/** Milliseconds with as many digits as mean something: `0.42`, `4.1`, `128`. */
export function formatMs(ms: number): string {
  if (ms < 1) return ms.toFixed(2);
  return ms < 100 ? ms.toFixed(1) : Math.round(ms).toString();
}

/** A share of one as a percentage of fixed width: `97.2%`. */
export function formatShare(share: number): string {
  return `${(share * 100).toFixed(1)}%`;
}

export function formatRate(perSecond: number): string {
  return perSecond < 100 ? perSecond.toFixed(1) : formatCount(perSecond);
}

const pad = (value: number): string => value.toString().padStart(2, '0');

/** The reader's own date and time, to the minute: `2026-11-22 09:41`. */
export function formatTime(iso: string): string {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return iso;
  const day = `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`;
  return `${day} ${pad(date.getHours())}:${pad(date.getMinutes())}`;
}

const STEPS: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ['year', 365 * 86_400],
  ['month', 30 * 86_400],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
];
const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });

/** `3 hours ago`, `in 2 minutes`, `now`. */
export function formatRelative(iso: string, nowMs: number): string {
  const seconds = Math.round((Date.parse(iso) - nowMs) / 1_000);
  const step = STEPS.find(([, size]) => Math.abs(seconds) >= size);
  return step === undefined ? 'now' : relative.format(Math.trunc(seconds / step[1]), step[0]);
}

/** How long something has lasted: `0.4 s`, `12 s`, `3 min`, `2 h`. */
export function formatDuration(ms: number): string {
  if (ms < 10_000) return `${(ms / 1_000).toFixed(1)} s`;
  if (ms < 60_000) return `${Math.round(ms / 1_000)} s`;
  return ms < 3_600_000 ? `${Math.floor(ms / 60_000)} min` : `${Math.floor(ms / 3_600_000)} h`;
}

const graphemes = new Intl.Segmenter('en');

/** The letters as a reader counts them: an accent or a flag is not a letter of its own. */
export function lettersOf(text: string): readonly string[] {
  return Array.from(graphemes.segment(text), (part) => part.segment);
}

/** The first letters of the first and the last word of a name. */
export function initialsOf(name: string): string {
  const words = name.split(/\s+/).filter((word) => word !== '');
  const first = words[0] ?? '?';
  const last = words.length > 1 ? (words.at(-1) ?? '') : '';
  return `${lettersOf(first)[0] ?? ''}${lettersOf(last)[0] ?? ''}`.toUpperCase();
}

/** A count, or a dash for one that could not be read. */
export function formatKnown(count: number | null | undefined): string {
  return count === null || count === undefined ? '–' : formatCount(count);
}

export function countOf(count: number | null | undefined, one: string, many: string): string {
  return `${formatKnown(count)} ${count === 1 ? one : many}`;
}
