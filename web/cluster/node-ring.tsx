import { Link } from '@tanstack/react-router';
import { useMemo, useRef } from 'react';
import type { ReactNode } from 'react';
import { formatCount } from '../shell/figures.ts';
import { useWidth } from '../shell/use-width.ts';
import { useTelemetry } from './cluster-feed.ts';
import type { NodeReading } from './cluster-reading.ts';
import { readLinks } from './link-reading.ts';
import type { LinkReading } from './link-reading.ts';
import { hueOf } from './log-alignment.ts';
import { NodeDetail } from './node-detail.tsx';
import { layOutRing, NODE_RADIUS_PX } from './ring-layout.ts';
import type { RingLane, RingPlace } from './ring-layout.ts';
import { linkKey } from './telemetry-store.ts';

const WIDTH_FIRST_PX = 620;

export interface NodeRingProps {
  readonly readings: readonly NodeReading[];
  readonly selected: string | null;
}

/** Who is joined to whom, each direction a lane of its own. The table and the matrix are its twins in words. */
export function NodeRing({ readings, selected }: NodeRingProps): ReactNode {
  const box = useRef<HTMLDivElement>(null);
  const width = useWidth(box, WIDTH_FIRST_PX);
  const links = readLinks(useTelemetry());
  const ids = readings.map((reading) => reading.node.id).join(' ');
  const layout = useMemo(() => layOutRing(ids.split(' '), width), [ids, width]);
  const chosen = readings.find((reading) => reading.node.id === selected) ?? null;
  const open = [...links.values()].filter((link) => link.state === 'open').length;
  return (
    <div className="ring">
      <div ref={box} className="ring-box">
        <svg
          className={chosen === null ? 'ring-drawing' : 'ring-drawing ring-chosen'}
          viewBox={`${-width / 2} ${layout.top} ${width} ${layout.height}`}
          width={width}
          height={layout.height}
          role="group"
          aria-label={`${readings.length} nodes, ${open} of ${links.size} directions between them open`}
        >
          <g aria-hidden>
            {layout.lanes.map((lane) => (
              <Lane
                key={linkKey(lane.from, lane.to)}
                lane={lane}
                link={links.get(linkKey(lane.from, lane.to))}
                isLit={lane.from === chosen?.node.id || lane.to === chosen?.node.id}
              />
            ))}
          </g>
          {layout.places.map((place) => (
            <RingNode
              key={place.id}
              place={place}
              readings={readings}
              hears={[...links.values()].filter((link) => link.to === place.id && link.state === 'open').length}
              isSelected={place.id === selected}
            />
          ))}
        </svg>
      </div>
      <NodeDetail reading={chosen} links={links} />
    </div>
  );
}

interface LaneProps {
  readonly lane: RingLane;
  readonly link: LinkReading | undefined;
  readonly isLit: boolean;
}

/** A cut direction has its mark near the node that no longer hears. */
function Lane({ lane, link, isLit }: LaneProps): ReactNode {
  const { x1, y1, x2, y2 } = lane;
  const state = link?.state ?? 'off';
  const [x, y] = [x1 + (x2 - x1) * 0.78, y1 + (y2 - y1) * 0.78];
  return (
    <g
      className={`lane lane-${state}${isLit ? ' lane-lit' : ''}`}
      data-lane={linkKey(lane.from, lane.to)}
      data-state={state}
    >
      <line x1={x1} y1={y1} x2={x2} y2={y2} />
      {state === 'cut' ? (
        <path d={`M${x - 4} ${y - 4}l8 8m0 -8l-8 8`} transform={`rotate(${angleOf(lane)} ${x} ${y})`} />
      ) : null}
    </g>
  );
}

function angleOf({ x1, y1, x2, y2 }: RingLane): number {
  return (Math.atan2(y2 - y1, x2 - x1) * 180) / Math.PI;
}

interface RingNodeProps {
  readonly place: RingPlace;
  readonly readings: readonly NodeReading[];
  /** How many others reach it. */
  readonly hears: number;
  readonly isSelected: boolean;
}

function RingNode({ place, readings, hears, isSelected }: RingNodeProps): ReactNode {
  const reading = readings.find((one) => one.node.id === place.id);
  if (reading === undefined) return null;
  const { node, standing, word } = reading;
  const { label } = place;
  const applied = formatCount(node.appliedIndex);
  return (
    <Link
      to="/cluster"
      search={isSelected ? {} : { sel: node.id }}
      className={`ring-node ring-${standing} hue-${hueOf(node.term)}`}
      aria-label={`${node.id} ${word} T${node.term} · #${applied}, hears ${hears} of ${readings.length - 1}`}
      aria-current={isSelected ? 'true' : undefined}
      data-node={node.id}
      data-standing={standing}
      replace
      resetScroll={false}
    >
      <circle cx={place.x} cy={place.y} r={NODE_RADIUS_PX + 5} className="ring-halo" />
      <circle cx={place.x} cy={place.y} r={NODE_RADIUS_PX - 2} className="ring-disc" />
      <Votes place={place} votes={votesFor(reading, readings)} />
      <text x={place.x} y={place.y} dy="0.36em" textAnchor="middle" className="ring-id">
        {`${node.id} `}
      </text>
      <text x={label.x} y={label.y - 4} textAnchor={label.anchor} className="ring-word">
        {`${word} `}
      </text>
      <text x={label.x} y={label.y + 12} textAnchor={label.anchor} className="ring-position">
        {`T${node.term} · #${applied}`}
      </text>
    </Link>
  );
}

/** Votes that a candidate has, its own included, by what the voters report. */
function votesFor({ node }: NodeReading, readings: readonly NodeReading[]): number {
  if (node.role !== 'CANDIDATE') return 0;
  return readings.filter((one) => one.node.votedFor === node.id && one.node.term === node.term).length;
}

function Votes(props: { readonly place: RingPlace; readonly votes: number }): ReactNode {
  const { place, votes } = props;
  const reach = NODE_RADIUS_PX + 5;
  return Array.from({ length: votes }, (_, vote) => {
    const angle = (vote - (votes - 1) / 2) * 0.4;
    return (
      <circle
        key={vote}
        className="ring-vote"
        cx={place.x + reach * Math.sin(angle)}
        cy={place.y - reach * Math.cos(angle)}
        r={3}
      />
    );
  });
}
