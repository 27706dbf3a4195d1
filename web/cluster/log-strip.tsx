import type { ReactNode } from 'react';
import { formatCount } from '../shell/figures.ts';
import type { NodeReading } from './cluster-reading.ts';
import { alignLogs, describeRow, hueOf } from './log-alignment.ts';
import type { LogCell } from './log-alignment.ts';

export interface LogStripProps {
  readonly readings: readonly NodeReading[];
  readonly width: number;
}

/** The newest entries of every node's log, equal indexes below each other: hue is the term, hollow is not committed. */
export function LogStrip(props: LogStripProps): ReactNode {
  const rows = alignLogs(
    props.readings.map((reading) => reading.node),
    props.width,
  );
  return (
    <div className="strip" style={{ '--cells': props.width } as Record<string, number>}>
      {rows.map((row) => (
        <div className="strip-row" key={row.nodeId}>
          <span className="figure strip-node" aria-hidden>
            {row.nodeId}
          </span>
          <div className="strip-cells" role="img" aria-label={describeRow(row)}>
            {row.cells.map((cell, place) => (
              // By place: the strip stands still and its colours move, so nothing is laid out again.
              <span key={place} className={cellClass(cell)} title={cellTitle(cell)} />
            ))}
          </div>
          <span className="figure faint strip-last" aria-hidden>
            {formatCount(row.lastIndex)}
          </span>
        </div>
      ))}
    </div>
  );
}

function cellClass({ entry }: LogCell): string {
  if (entry === null) return 'cell cell-none';
  return `cell hue-${hueOf(entry.term)}${entry.committed ? '' : ' cell-open'}`;
}

function cellTitle({ entry }: LogCell): string | undefined {
  if (entry === null) return undefined;
  const what = entry.summary === '' ? entry.kind.toLowerCase().replace('_', ' ') : entry.summary;
  return `#${formatCount(entry.index)} · term ${entry.term} · ${entry.committed ? 'committed' : 'not committed'} · ${what}`;
}
