import { describe, expect, it } from 'vitest';
import { formatCount, formatDuration, formatMs, formatRelative, formatTime, initialsOf } from './figures.ts';

describe('figures', () => {
  it('set thousands apart, beyond what a number can hold too', () => {
    expect(formatCount('4828')).toBe('4,828');
    expect(formatCount('9007199254740993')).toBe('9,007,199,254,740,993');
  });

  it('give milliseconds the digits that mean something', () => {
    expect([0.4321, 4.128, 128.4].map(formatMs)).toEqual(['0.43', '4.1', '128']);
  });

  it('write a time of the reader, and leave what is not a time as it is', () => {
    expect(formatTime('2026-11-22T09:41:00')).toBe('2026-11-22 09:41');
    expect(formatTime('soon')).toBe('soon');
  });

  it('say how long ago something was', () => {
    const now = Date.parse('2026-11-22T12:00:00Z');
    expect(formatRelative('2026-11-22T09:00:00Z', now)).toBe('3 hours ago');
    expect(formatRelative('2026-11-22T12:00:00Z', now)).toBe('now');
    expect(formatRelative('2026-11-21T11:00:00Z', now)).toBe('yesterday');
  });

  it('say how long something lasts', () => {
    expect([400, 12_000, 200_000, 7_200_000].map(formatDuration)).toEqual(['0.4 s', '12 s', '3 min', '2 h']);
  });

  it('take the initials of a name of any length', () => {
    expect([initialsOf('Ada Lovelace'), initialsOf('plato'), initialsOf('Ana de Souza'), initialsOf('')]).toEqual([
      'AL',
      'P',
      'AS',
      '?',
    ]);
  });
});
