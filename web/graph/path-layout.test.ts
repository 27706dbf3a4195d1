import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { lettersOf } from '../shell/figures.ts';
import { CELL_MIN_PX, layOutPath, LETTER_PX } from './path-layout.ts';

const people = fc
  .array(fc.string({ minLength: 1, maxLength: 60 }), { minLength: 1, maxLength: 21 })
  .map((names) => names.map((name, place) => ({ id: `p${place}`, name })));
const widths = fc.integer({ min: CELL_MIN_PX, max: 2_000 });

it('keeps every label inside the drawing and apart from the others', () => {
  fc.assert(
    fc.property(people, widths, (path, width) => {
      const { steps, ...size } = layOutPath(path, width);
      expect(size.width).toBeLessThanOrEqual(width + 0.001);
      const boxes = steps.map(({ label, x, y }) => {
        const half = (lettersOf(label).length * LETTER_PX) / 2;
        return { left: x - half, right: x + half, y };
      });
      for (const [place, box] of boxes.entries()) {
        expect(box.left).toBeGreaterThanOrEqual(0);
        expect(box.right).toBeLessThanOrEqual(size.width + 0.001);
        expect(box.y).toBeLessThan(size.height);
        for (const other of boxes.slice(place + 1)) {
          expect(box.y !== other.y || box.right < other.left || other.right < box.left).toBe(true);
        }
      }
    }),
  );
});

it('places each person beside the next one', () => {
  fc.assert(
    fc.property(people, widths, (path, width) => {
      const { steps } = layOutPath(path, width);
      for (const [place, step] of steps.slice(1).entries()) {
        const before = steps[place];
        expect(before?.x === step.x || before?.y === step.y).toBe(true);
      }
    }),
  );
});
