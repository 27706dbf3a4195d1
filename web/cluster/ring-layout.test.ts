import { describe, expect, it } from 'vitest';
import { LABEL_CENTRED_WIDTH_PX, LABEL_HEIGHT_PX, LABEL_WIDTH_PX, layOutRing, NODE_RADIUS_PX } from './ring-layout.ts';
import type { RingPlace } from './ring-layout.ts';

interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

const idsOf = (count: number): readonly string[] => Array.from({ length: count }, (_, place) => `n${place + 1}`);

function labelBox({ label }: RingPlace): Box {
  const width = label.anchor === 'middle' ? LABEL_CENTRED_WIDTH_PX : LABEL_WIDTH_PX;
  const left = { start: label.x, middle: label.x - width / 2, end: label.x - width }[label.anchor];
  const top = label.y - LABEL_HEIGHT_PX / 2;
  return { left, right: left + width, top, bottom: top + LABEL_HEIGHT_PX };
}

function circleBox({ x, y }: RingPlace): Box {
  return { left: x - NODE_RADIUS_PX, right: x + NODE_RADIUS_PX, top: y - NODE_RADIUS_PX, bottom: y + NODE_RADIUS_PX };
}

const overlap = (a: Box, b: Box): boolean =>
  a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;

describe('the ring', () => {
  it.each([358, 480, 620, 1000])('is %i px wide without a label on a label or a node, for 1 to 7 nodes', (width) => {
    for (const count of [1, 2, 3, 4, 5, 6, 7]) {
      const { places } = layOutRing(idsOf(count), width);
      for (const one of places) {
        for (const other of places) {
          expect([count, one.id, other.id, overlap(labelBox(one), circleBox(other))]).toEqual([
            count,
            one.id,
            other.id,
            false,
          ]);
          if (one !== other) expect([count, overlap(labelBox(one), labelBox(other))]).toEqual([count, false]);
        }
      }
    }
  });

  it('keeps everything inside the drawing', () => {
    for (const width of [358, 480, 1000]) {
      for (const count of [1, 3, 5, 7]) {
        const { top, height, places } = layOutRing(idsOf(count), width);
        for (const box of [...places.map(labelBox), ...places.map(circleBox)]) {
          expect(box.left).toBeGreaterThanOrEqual(-width / 2);
          expect(box.right).toBeLessThanOrEqual(width / 2);
          expect(box.top).toBeGreaterThanOrEqual(top);
          expect(box.bottom).toBeLessThanOrEqual(top + height);
        }
      }
    }
  });

  it('joins every pair by two lanes that lie beside each other', () => {
    const { lanes } = layOutRing(idsOf(5), 620);
    expect(lanes).toHaveLength(20);
    const there = lanes.find(({ from, to }) => from === 'n1' && to === 'n3');
    const back = lanes.find(({ from, to }) => from === 'n3' && to === 'n1');
    expect(Math.hypot((there?.x1 ?? 0) - (back?.x2 ?? 0), (there?.y1 ?? 0) - (back?.y2 ?? 0))).toBeCloseTo(5);
  });

  it('puts a single node in the middle', () => {
    expect(layOutRing(['n1'], 620)).toMatchObject({ places: [{ x: 0, y: 0 }], lanes: [] });
  });
});
