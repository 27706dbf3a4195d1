import { describe, expect, it, vi } from 'vitest';
import type { NodeId } from '../core/types.ts';
import type { FoundingState } from './founding.ts';
import { Founding } from './until-founded.ts';

const members = ['n1', 'n2', 'n3'] as NodeId[];

/** Members in one process, each with a disk that outlives it. */
class Village {
  readonly disks = new Map<NodeId, FoundingState>();
  readonly running = new Map<NodeId, Founding>();
  readonly warnings: string[] = [];
  readonly #stops: AbortController[] = [];

  start(self: NodeId): Promise<string> {
    const stop = new AbortController();
    this.#stops.push(stop);
    const founding = new Founding({
      self,
      members,
      state: this.disks.get(self) ?? { kind: 'empty' },
      ask: async (member) => {
        const asked = this.running.get(member);
        if (asked === undefined) throw new Error(`${member} is down`);
        return structuredClone(asked.answer());
      },
      persist: (state) => void this.disks.set(self, state),
      newClusterId: () => `made by ${self}`,
      log: { info: () => {}, warn: (fields) => this.warnings.push('code' in fields ? String(fields.code) : '') },
      signal: stop.signal,
      roundMs: 2,
    });
    this.running.set(self, founding);
    return founding.untilFounded();
  }

  stop(): void {
    for (const each of this.#stops) each.abort();
  }
}

describe('a founding', () => {
  it('ends with one cluster id on the disks of all, whoever starts last', async () => {
    const village = new Village();
    const founded = members.toReversed().map((id) => village.start(id));
    expect(await Promise.all(founded)).toEqual(['made by n1', 'made by n1', 'made by n1']);
    expect([...village.disks.values()]).toEqual(members.map(() => ({ kind: 'founded', clusterId: 'made by n1' })));
  });

  it('names no cluster before it is over', async () => {
    const village = new Village();
    const first = village.start(members[0] ?? ('' as NodeId));
    expect(village.running.get(members[0] ?? ('' as NodeId))?.clusterId()).toBe(null);
    const rest = members.slice(1).map((id) => village.start(id));
    await Promise.all([first, ...rest]);
    expect(village.running.get(members[0] ?? ('' as NodeId))?.clusterId()).toBe('made by n1');
  });

  it('goes on where it was after a start with what the disk holds', async () => {
    const village = new Village();
    for (const id of members) village.disks.set(id, { kind: 'prepared', clusterId: 'earlier' });
    expect(await Promise.all(members.map((id) => village.start(id)))).toEqual(['earlier', 'earlier', 'earlier']);
  });

  it('keeps an empty node waiting while another is founded, says so, and can be stopped', async () => {
    const village = new Village();
    const [n1, n2, n3] = members;
    if (n1 === undefined || n2 === undefined || n3 === undefined) throw new Error('three members are needed');
    village.disks.set(n1, { kind: 'founded', clusterId: 'c' });
    village.disks.set(n2, { kind: 'prepared', clusterId: 'c' });
    expect(await Promise.all([village.start(n1), village.start(n2)])).toEqual(['c', 'c']);
    const waiting = village.start(n3);
    await vi.waitFor(() => expect(village.warnings).toContain('QUARANTINED'), { timeout: 5_000, interval: 5 });
    village.stop();
    await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
    expect(village.disks.has(n3)).toBe(false);
  });
});
