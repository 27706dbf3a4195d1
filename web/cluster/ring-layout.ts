/** A node's place on the ring, and where what is written about it stands. Pixels from the middle of the drawing. */
export interface RingPlace {
  readonly id: string;
  readonly x: number;
  readonly y: number;
  readonly label: { readonly x: number; readonly y: number; readonly anchor: 'start' | 'middle' | 'end' };
}

/** One direction between two nodes, from edge to edge of their circles. */
export interface RingLane {
  readonly from: string;
  readonly to: string;
  readonly x1: number;
  readonly y1: number;
  readonly x2: number;
  readonly y2: number;
}

export interface RingLayout {
  readonly width: number;
  /** The drawing reaches from `top` for `height` downwards. */
  readonly top: number;
  readonly height: number;
  readonly places: readonly RingPlace[];
  readonly lanes: readonly RingLane[];
}

export const NODE_RADIUS_PX = 24;
/** Two lines of text, the lower one up to `T123 · #10,000,000` beside a node, and up to `T12 · #999,999` above or below it. */
export const LABEL_WIDTH_PX = 116;
export const LABEL_CENTRED_WIDTH_PX = 100;
export const LABEL_HEIGHT_PX = 34;

const RADIUS_MIN_PX = 84;
const RADIUS_MAX_PX = 152;
const LABEL_GAP_PX = 12;
const EDGE_PX = 10;
const LANE_APART_PX = 5;
const LANE_GAP_PX = 7;
/** Narrower, and labels stand above and below their nodes instead of beside them. */
const BESIDE_FROM_PX = 480;
/** With labels above and below, more nodes than this need a ring that is higher than wide. */
const ROUND_UP_TO_NODES = 5;

/**
 * The nodes on a circle, clockwise from the top in the order given: the same nodes stand at the same places whatever they do. Each pair is
 * joined by two lanes, each to the right of its own direction, as on a road.
 */
export function layOutRing(ids: readonly string[], width: number): RingLayout {
  const isBeside = width >= BESIDE_FROM_PX;
  const besides = isBeside ? NODE_RADIUS_PX + LABEL_GAP_PX + LABEL_WIDTH_PX : LABEL_CENTRED_WIDTH_PX / 2;
  const radius = Math.min(Math.max(width / 2 - besides - EDGE_PX, RADIUS_MIN_PX), RADIUS_MAX_PX);
  const stretch = isBeside ? 1 : Math.max(ids.length / ROUND_UP_TO_NODES, 1);
  const places = ids.map((id, place): RingPlace => {
    const angle = (2 * Math.PI * place) / ids.length;
    const x = ids.length === 1 ? 0 : radius * Math.sin(angle);
    const y = ids.length === 1 ? 0 : -radius * stretch * Math.cos(angle);
    return { id, x, y, label: labelAt(x, y, isBeside) };
  });
  const reach = NODE_RADIUS_PX + LABEL_GAP_PX + LABEL_HEIGHT_PX;
  const top = Math.min(0, ...places.map(({ y }) => y)) - reach;
  const bottom = Math.max(0, ...places.map(({ y }) => y)) + reach;
  return { width, top, height: bottom - top, places, lanes: lanesBetween(places) };
}

function labelAt(x: number, y: number, isBeside: boolean): RingPlace['label'] {
  // At the top and the bottom of the ring the neighbours stand beside a node, so its label goes above or below.
  if (isBeside && Math.abs(x) > NODE_RADIUS_PX) {
    const away = NODE_RADIUS_PX + LABEL_GAP_PX;
    return x > 0 ? { x: x + away, y, anchor: 'start' } : { x: x - away, y, anchor: 'end' };
  }
  const away = NODE_RADIUS_PX + LABEL_GAP_PX + LABEL_HEIGHT_PX / 2 - 4;
  return { x, y: y > -1 ? y + away : y - away, anchor: 'middle' };
}

function lanesBetween(places: readonly RingPlace[]): readonly RingLane[] {
  return places.flatMap((from) =>
    places.flatMap((to): readonly RingLane[] => {
      if (from === to) return [];
      const length = Math.hypot(to.x - from.x, to.y - from.y);
      const [along, across] = [(to.x - from.x) / length, (to.y - from.y) / length];
      const [sideX, sideY] = [(-across * LANE_APART_PX) / 2, (along * LANE_APART_PX) / 2];
      const cut = NODE_RADIUS_PX + LANE_GAP_PX;
      return [
        {
          from: from.id,
          to: to.id,
          x1: from.x + along * cut + sideX,
          y1: from.y + across * cut + sideY,
          x2: to.x - along * cut + sideX,
          y2: to.y - across * cut + sideY,
        },
      ];
    }),
  );
}
