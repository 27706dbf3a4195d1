import { expect, test } from 'vitest';
import type { LogIndex, LogPlace, RaftStatus, Term } from '#consensus/core/types.ts';
import { tellOfRepairs } from './repair-notices.ts';
import { StandingWatch } from './standing.ts';
import { ManualClock } from './testing/manual-clock.ts';
import { RaftDouble } from './testing/raft-double.ts';

test('a loss that shows while the node runs is told once, and so is the end of its repair', () => {
  const lines: [string, object, string][] = [];
  const log = {
    debug: () => expect.fail('nothing is told here'),
    info: (fields: object, message: string) => void lines.push(['info', fields, message]),
    warn: () => expect.fail('nothing is told here'),
    error: (fields: object, message: string) => void lines.push(['error', fields, message]),
  };
  const whole: RaftStatus = new RaftDouble().status();
  const standing = new StandingWatch(new ManualClock(), whole);
  tellOfRepairs(standing, log);
  const losing = (lost: LogPlace): RaftStatus => ({ ...whole, lost });
  const place = { index: 9 as LogIndex, term: 2 as Term };
  standing.update(whole);
  standing.update(losing(place));
  standing.update(losing({ ...place }));
  standing.update(whole);
  standing.update(whole);
  expect(lines.map(([level, fields]) => [level, fields])).toEqual([
    ['error', { code: 'LOG_REPAIR', lostUpTo: 9, lostTerm: 2 }],
    ['info', { lostUpTo: 9 }],
  ]);
});
