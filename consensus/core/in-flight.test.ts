import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { InFlight } from './in-flight.ts';
import type { LogIndex } from './types.ts';

const index = (value: number) => value as LogIndex;

/** The stupid version: remembers everything that ever happened, and counts it anew for each question. */
class NaiveWindow {
  readonly #messagesMax: number;
  readonly #bytesMax: number;
  #sent: { readonly previousIndex: number; readonly lastIndex: number; readonly bytes: number }[] = [];
  #answers: number[] = [];

  constructor(options: { readonly messagesMax: number; readonly bytesMax: number }) {
    this.#messagesMax = options.messagesMax;
    this.#bytesMax = options.bytesMax;
  }

  get underWay() {
    const newest = Math.max(0, ...this.#answers);
    return this.#sent.filter((message) => message.lastIndex > newest);
  }

  get isFull(): boolean {
    let allowed = 1;
    for (const _answer of this.#answers) allowed = Math.min(allowed * 2, this.#messagesMax);
    let bytes = 0;
    for (const message of this.underWay) bytes += message.bytes;
    return this.underWay.length >= allowed || bytes >= this.#bytesMax;
  }

  add(message: { readonly previousIndex: number; readonly lastIndex: number; readonly bytes: number }): void {
    this.#sent.push(message);
  }

  answered(upTo: number): void {
    this.#answers.push(upTo);
  }

  clear(): void {
    this.#sent = [];
    this.#answers = [];
  }
}

const steps = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant('send' as const), entries: fc.nat(3), bytes: fc.nat(60) }),
    fc.record({ kind: fc.constant('answer' as const), ahead: fc.integer({ min: 1, max: 5 }) }),
    fc.record({ kind: fc.constant('clear' as const) }),
  ),
  { maxLength: 60 },
);

describe('the window of appends under way', () => {
  test('is full, empty, and holds what the naive one does, whatever is sent and answered', () => {
    const limits = fc.record({
      messagesMax: fc.integer({ min: 1, max: 9 }),
      bytesMax: fc.integer({ min: 1, max: 200 }),
    });
    fc.assert(
      fc.property(limits, steps, (options, drawn) => {
        const window = new InFlight(options);
        const naive = new NaiveWindow(options);
        let last = 0;
        let answered = 0;
        for (const step of drawn) {
          if (step.kind === 'send') {
            // At least one entry: empty messages take no place.
            const message = {
              previousIndex: index(last),
              lastIndex: index(last + 1 + step.entries),
              bytes: step.bytes,
            };
            last = message.lastIndex;
            window.add(message);
            naive.add(message);
          } else if (step.kind === 'answer') {
            answered = Math.min(last, answered + step.ahead);
            window.releaseUpTo(index(answered));
            naive.answered(answered);
          } else {
            window.clear();
            naive.clear();
          }
          expect(window.isFull).toBe(naive.isFull);
          expect(window.isEmpty).toBe(naive.underWay.length === 0);
          for (let previous = 0; previous <= last; previous++)
            expect(window.follows(index(previous))).toBe(
              naive.underWay.some((message) => message.previousIndex === previous),
            );
        }
      }),
    );
  });

  test('takes one message that is larger than its bytes, and then no other', () => {
    const window = new InFlight({ messagesMax: 10, bytesMax: 100 });
    expect(window.isFull).toBe(false);
    window.add({ previousIndex: index(0), lastIndex: index(1), bytes: 5000 });
    expect(window.isFull).toBe(true);
    window.releaseUpTo(index(1));
    expect(window.isFull).toBe(false);
  });
});
