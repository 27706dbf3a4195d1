import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runTranscript } from './testing-transcript.ts';

/**
 * Goal: every scenario that a reader should be able to argue with is a file in `transcripts/`, and what the file says is what the
 * core does. `REWRITE=1 vitest run consensus/core/transcripts` writes the states anew; read the difference line by line.
 */
const folder = join(import.meta.dirname, 'transcripts');
const isRewriting = process.env['REWRITE'] === '1';
const files = readdirSync(folder).filter((name) => name.endsWith('.txt'));

describe('transcripts', () => {
  test.each(files)('%s holds', (name) => {
    const text = readFileSync(join(folder, name), 'utf8');
    const { rewritten, untrue } = runTranscript(text);
    if (isRewriting) writeFileSync(join(folder, name), rewritten);
    else expect(untrue).toEqual([]);
  });

  test.each(files)('%s says its goal and its source before it begins', (name) => {
    const [head = ''] = readFileSync(join(folder, name), 'utf8').split('\nset-up\n');
    expect(head).toMatch(/^\S.+\n\n/);
    expect(head).toMatch(/\nGoal: \S/);
    expect(head).toMatch(/\nSource: \S/);
  });
});

const begin = ['Two voters', '', 'set-up', '  voters n1 n2', '', 'step n1 leads', '  elect n1'];
const run = (...lines: readonly string[]) => runTranscript([...begin, ...lines].join('\n'));

/** Why it is refused: the innermost error speaks of the thing, those around it of the line. */
function reasonOf(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    for (let inner = error; inner instanceof Error; inner = inner.cause)
      if (inner.cause === undefined) return inner.message;
  }
  return 'not refused';
}

describe('the reader of transcripts', () => {
  test('lets a true claim be and writes a false one anew', () => {
    expect(run('  = n1 leader commit 1')).toMatchObject({ untrue: [], claims: 1 });
    const { untrue, rewritten } = run('  = n1 leader commit 7');
    expect(untrue).toEqual(['line 8: claimed n1 leader commit 7, is n1 leader commit 1']);
    expect(rewritten.endsWith('\n  = n1 leader commit 1')).toBe(true);
  });

  test('fills in a claim that only names its node', () => {
    expect(run('  = n1 ?').rewritten.endsWith('\n  = n1 leader term 1 vote n1 commit 1 log 1')).toBe(true);
    expect(run('  = n1 ?').untrue).toHaveLength(1);
  });

  test.each([
    ['a command that there is not', 'there is no command reboot', '  reboot n1'],
    ['a field that there is not', 'colour is no field', '  = n1 colour red'],
    ['a node that there is not', 'no node n9', '  = n9 leader'],
    ['a kind of message that there is not', 'no kind of message is called applause', '  ! no applause'],
    ['a field that such messages have not', 'has no field mark', '  tick n1 2', '  ! no heartbeat-request mark=1@1'],
    ['a judgement that is false', '0 were sent', '  ! at-least 1 heartbeat-request'],
    ['a judgement that there is not', 'hardly is no judgement', '  ! hardly 1 vote-request'],
    ['a refusal that does not come', 'wanted tail-full, was taken', '  propose n1 a refused tail-full'],
    ['a proposal that is refused', 'wanted taken, was transferring', '  transfer n1 n2', '  propose n1 a'],
    ['a message that is not on its way', '0 such messages', '  drop vote-request'],
    ['a step that claims nothing', 'the last step claims nothing', '  tick n1'],
    ['a step before it that claims nothing', 'line 8: the step before', 'step n1 goes on', '  = n1 leader'],
    ['a line outside of steps', 'neither a step nor part of one', 'n1 leads'],
    ['an invariant that is not broken', 'no invariant was broken', '  stops tick n1'],
    ['a state that does not come', 'not n1 follower, but n1 leader', '  until n1 follower within 5'],
    ['logs that differ', 'their logs differ', '  propose n1 a', '  ! same-log n1 n2'],
  ])('refuses %s', (_what, reason, ...lines) => {
    expect(reasonOf(() => run(...lines))).toContain(reason);
  });

  test('refuses a file without a claim', () => {
    expect(() => runTranscript('A title\n\nset-up\n  voters n1\n')).toThrow('claims something');
  });
});
