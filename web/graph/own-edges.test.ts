import { describe, expect, it } from 'vitest';
import { OwnEdges } from './own-edges.ts';
import type { OwnEdgeType } from './own-edges.ts';

function store(present: Record<string, readonly string[]>) {
  const asked: [string, OwnEdgeType, readonly string[]][] = [];
  const acts: (() => void)[] = [];
  const edges = new OwnEdges({
    load: (me, type, to) => {
      asked.push([me, type, to]);
      return Promise.resolve(to.filter((id) => present[`${me} ${type}`]?.includes(id)));
    },
    afterRender: (act) => acts.push(act),
  });
  const settle = async () => {
    for (const act of acts.splice(0)) act();
    await Promise.resolve();
    await Promise.resolve();
  };
  return { edges, asked, settle };
}

describe('the own edges', () => {
  it('are asked for once for everything on the page', async () => {
    const { edges, asked, settle } = store({ 'ada likes': ['s2'] });
    edges.actAs('ada');
    for (const id of ['s1', 's2', 's3']) expect(edges.get('likes', id).isPresent).toBeNull();
    await settle();
    expect(asked).toEqual([['ada', 'likes', ['s1', 's2', 's3']]]);
    expect(edges.get('likes', 's1').isPresent).toBe(false);
    expect(edges.get('likes', 's2').isPresent).toBe(true);
  });

  it('show a change at once and take it back when it is refused', async () => {
    const { edges, settle } = store({});
    edges.actAs('ada');
    edges.get('friend', 'bob');
    await settle();
    edges.begin('friend', 'bob', true);
    expect(edges.get('friend', 'bob')).toEqual({ isPresent: true, isPending: true });
    edges.rollBack('friend', 'bob');
    expect(edges.get('friend', 'bob')).toEqual({ isPresent: false, isPending: false });
  });

  it('take back to what was reported meanwhile, not to what was known before', async () => {
    const { edges, settle } = store({});
    edges.actAs('ada');
    edges.get('friend', 'bob');
    await settle();
    edges.begin('friend', 'bob', false);
    edges.report('friend', 'bob', true);
    edges.rollBack('friend', 'bob');
    expect(edges.get('friend', 'bob').isPresent).toBe(true);
  });

  it('do not let a slow answer overwrite a newer report', async () => {
    const { edges, settle } = store({});
    edges.actAs('ada');
    edges.get('likes', 's1');
    edges.report('likes', 's1', true);
    await settle();
    expect(edges.get('likes', 's1').isPresent).toBe(true);
  });

  it('are those of another person after a change of roles', async () => {
    const { edges, asked, settle } = store({ 'ada likes': ['s1'] });
    edges.actAs('ada');
    edges.get('likes', 's1');
    await settle();
    edges.actAs('bob');
    expect(edges.get('likes', 's1').isPresent).toBeNull();
    await settle();
    expect(asked.at(-1)).toEqual(['bob', 'likes', ['s1']]);
    expect(edges.get('likes', 's1').isPresent).toBe(false);
  });

  it('are not asked for while nobody acts', async () => {
    const { edges, asked, settle } = store({});
    edges.get('likes', 's1');
    await settle();
    expect(asked).toEqual([]);
  });

  it('give the same object until something changes, as external stores must', async () => {
    const { edges, settle } = store({});
    edges.actAs('ada');
    edges.get('likes', 's1');
    await settle();
    expect(edges.get('likes', 's1')).toBe(edges.get('likes', 's1'));
  });
});
