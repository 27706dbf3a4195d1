import { describe, expect, it } from 'vitest';
import { ownCommit, readAnswer, rememberCommit } from './answers.ts';

describe('an answer', () => {
  it('is read from the extensions of a response', () => {
    const answer = readAnswer({
      instaface: {
        node: 'n2',
        index: '4828',
        leaderHeardMs: 12,
        cacheHits: 3,
        cacheMisses: 1,
        leaderFetches: 1,
        databaseFetches: 0,
        ms: { total: 1.5, fetch: 0.9 },
      },
    });
    expect(answer).toMatchObject({
      node: 'n2',
      index: '4828',
      leaderHeardMs: 12,
      cacheHits: 3,
      totalMs: 1.5,
      fetchMs: 0.9,
    });
  });

  it('is nothing where a proxy or another server answered', () => {
    expect(readAnswer(undefined)).toBeNull();
    expect(readAnswer({ instaface: { node: 2 } })).toBeNull();
  });

  it('says null when the node never heard a leader', () => {
    expect(readAnswer({ instaface: { node: 'n1', index: '0', leaderHeardMs: null } })?.leaderHeardMs).toBeNull();
  });
});

describe('the own commit', () => {
  it('only grows, by value and not by its text', () => {
    rememberCommit('999');
    rememberCommit('1000');
    rememberCommit('998');
    expect(ownCommit.get()).toBe('1000');
  });
});
