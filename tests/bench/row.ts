/** One figure of a benchmark against its bound. */
export interface BenchRow {
  readonly name: string;
  readonly measured: number;
  readonly unit: string;
  /** Null: reported, not judged. */
  readonly bound: number | null;
  /** Within the bound, whichever side is the good one. */
  readonly ok: boolean;
  readonly note?: string;
}
