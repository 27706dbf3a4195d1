import { useRef } from 'react';
import type { ReactNode } from 'react';
import { formatCount } from '../shell/figures.ts';
import { hitRateOf, STANDINGS } from './cluster-reading.ts';
import type { NodeReading, Standing } from './cluster-reading.ts';
import { hueOf } from './log-alignment.ts';
import { useFlip } from './use-flip.ts';

const COLUMN_NAMES: Record<Standing, string> = { follower: 'Followers', leader: 'Leader', unreachable: 'Unreachable' };

/**
 * The nodes as cards in three columns. A card is one element for as long as the node is known: what moves it is its place in
 * the grid, so a failover is seen as cards that change sides.
 */
export function NodeColumns(props: { readonly readings: readonly NodeReading[] }): ReactNode {
  const { readings } = props;
  const grid = useRef<HTMLDivElement>(null);
  useFlip(grid, readings.map((reading) => `${reading.node.id}:${reading.standing}`).join());
  const taken: Record<Standing, number> = { follower: 0, leader: 0, unreachable: 0 };
  return (
    <div className="nodes" ref={grid} style={{ minBlockSize: `${32 + Math.max(readings.length - 1, 1) * 72}px` }}>
      {STANDINGS.map((standing, column) => (
        <p key={standing} className="column-name" style={{ gridColumn: column + 1, gridRow: 1 }}>
          {COLUMN_NAMES[standing]}{' '}
          <span className="figure faint">{readings.filter((reading) => reading.standing === standing).length}</span>
        </p>
      ))}
      {readings.map((reading) => {
        const { standing, node } = reading;
        const place = { gridColumn: STANDINGS.indexOf(standing) + 1, gridRow: ++taken[standing] + 1 };
        return <NodeCard key={node.id} reading={reading} place={place} />;
      })}
    </div>
  );
}

interface NodeCardProps {
  readonly reading: NodeReading;
  readonly place: { readonly gridColumn: number; readonly gridRow: number };
}

function NodeCard({ reading, place }: NodeCardProps): ReactNode {
  const { node, standing, word } = reading;
  return (
    <div
      className={`node-card node-${standing} hue-${hueOf(node.term)}`}
      style={place}
      data-flip={node.id}
      data-node={node.id}
      data-standing={standing}
    >
      <p className="node-card-head">
        <span className="figure node-id">{node.id}</span>
        <span className="node-word">{word}</span>
        <Flashes hits={node.cache.hits} misses={node.cache.misses} />
      </p>
      <p className="figure faint node-position">
        <span>T{node.term}</span>
        <span>#{formatCount(node.appliedIndex)}</span>
      </p>
      <p className="figure faint">
        {hitRateOf(node)} <span className="node-unit">hits</span>
      </p>
    </div>
  );
}

/** Lights up for a moment with each change of the cache's counts; another key starts the animation again. */
function Flashes(props: { readonly hits: number; readonly misses: number }): ReactNode {
  return (
    <span className="flashes" aria-hidden>
      <span key={`h${props.hits}`} className="flash flash-hit" />
      <span key={`m${props.misses}`} className="flash flash-miss" />
    </span>
  );
}
