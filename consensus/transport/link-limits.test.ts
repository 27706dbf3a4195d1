import { describe, expect, it } from 'vitest';
import { defaultLinkLimits, redialDelayMs } from './link-limits.ts';

describe('the pause before dialling again', () => {
  it('is short at first, doubles, and stays at its bound for ever', () => {
    const pauses = [0, 1, 2, 3, 4, 5, 6, 1_000, 1e9].map((attempt) => redialDelayMs(attempt, defaultLinkLimits, 1));
    expect(pauses).toEqual([20, 40, 80, 160, 320, 500, 500, 500, 500]);
  });

  it('is spread over its upper half, never zero', () => {
    expect(redialDelayMs(0, defaultLinkLimits, 0)).toBe(10);
    expect(redialDelayMs(10, defaultLinkLimits, 0)).toBe(250);
  });
});
