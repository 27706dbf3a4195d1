/** The values of `shuffle` are whole numbers below this. */
export const shuffleRange = 2 ** 32;

/** Spreads ids evenly over [0, 2³²): the finalizer of MurmurHash3 over both halves of the id. */
export function shuffleOf(id: number): number {
  return mix(mix(id % shuffleRange) ^ Math.floor(id / shuffleRange));
}

function mix(value: number): number {
  let bits = value | 0;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}
