import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { egoSearchOf, keptPlace, readEgoView, writeEgoView, ZOOMS, zoomed } from './ego-view.ts';
import type { EgoView } from './ego-view.ts';

const anyId = fc.string({ minLength: 1, maxLength: 24 });
const anyView: fc.Arbitrary<EgoView> = fc.record({
  hops: fc.constantFrom(1, 2),
  selected: fc.option(anyId),
  pins: fc
    .array(fc.tuple(anyId, fc.record({ x: fc.integer(), y: fc.integer() }).map(keptPlace)), { maxLength: 20 })
    .map((pins) => new Map(pins)),
  hidden: fc.array(anyId, { maxLength: 20 }).map((ids) => new Set(ids)),
  zoom: fc.constantFrom(...ZOOMS),
  isList: fc.boolean(),
});

describe('the view of a drawing in its address', () => {
  it('survives the way into the address and back', () => {
    fc.assert(
      fc.property(anyView, (view) => {
        const search = JSON.parse(JSON.stringify(writeEgoView(view))) as Record<string, unknown>;
        expect(readEgoView(egoSearchOf(search))).toEqual(view);
      }),
      { numRuns: 500 },
    );
  });

  it('leaves out what is as usual', () => {
    expect(writeEgoView(readEgoView({}))).toEqual({});
  });

  it('leaves out what it does not understand', () => {
    const search = { hops: 7, sel: ['a'], zoom: 'huge', as: 'poem', pin: 'a:1;b:x,y;c:1,2;:3,4;d', hide: ';;e%' };
    const view = readEgoView(egoSearchOf(search));
    expect(view).toEqual({
      hops: 1,
      selected: null,
      pins: new Map([['c', { x: 1, y: 2 }]]),
      hidden: new Set(['e%']),
      zoom: 1,
      isList: false,
    });
  });

  it('keeps at most sixty pins', () => {
    const pins = new Map(Array.from({ length: 80 }, (_, place) => [`p${place}`, { x: place, y: 0 }]));
    const read = readEgoView(writeEgoView({ ...readEgoView({}), pins }));
    expect([...read.pins.keys()]).toEqual(Array.from({ length: 60 }, (_, place) => `p${place + 20}`));
  });

  it('zooms in steps, and no further than the last', () => {
    expect([zoomed(1, 1), zoomed(3, 1), zoomed(1, -1), zoomed(2, -1)]).toEqual([1.5, 3, 1, 1.5]);
  });
});
