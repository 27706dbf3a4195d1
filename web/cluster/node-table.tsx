import type { ReactNode } from 'react';
import { formatCount, formatMs } from '../shell/figures.ts';
import { useTelemetry } from './cluster-feed.ts';
import { hitRateOf } from './cluster-reading.ts';
import type { NodeReading } from './cluster-reading.ts';
import { PlugSwitch } from './plug-switch.tsx';

export interface NodeTableProps {
  readonly readings: readonly NodeReading[];
  /** All columns, or the ones that fit beside the graph, with the rest in a second line of each row. */
  readonly isFull: boolean;
  /** The row that is looked at elsewhere on the page. */
  readonly selected?: string | null;
}

export function NodeTable(props: NodeTableProps): ReactNode {
  const { isFull, readings, selected = null } = props;
  return isFull ? (
    <FullTable readings={readings} selected={selected} />
  ) : (
    <CompactTable readings={readings} selected={selected} />
  );
}

type TableProps = Pick<NodeTableProps, 'readings'> & { readonly selected: string | null };

function FullTable({ readings, selected }: TableProps): ReactNode {
  const { hitsPerSecond } = useTelemetry();
  return (
    <table className="node-table node-table-full">
      <thead>
        <tr>
          <th scope="col">Node</th>
          <th scope="col">Role</th>
          <Heading>Term</Heading>
          <Heading>Voted for</Heading>
          <Heading>Last</Heading>
          <Heading>Commit</Heading>
          <Heading>Applied</Heading>
          <Heading>Lag</Heading>
          <Heading>Hits</Heading>
          <Heading>Misses</Heading>
          <Heading>Hit rate</Heading>
          <Heading>Hits, last minute</Heading>
          <Heading>Round trip</Heading>
          <Heading>Plugged in</Heading>
        </tr>
      </thead>
      <tbody>
        {readings.map((reading) => (
          <FullRow
            key={reading.node.id}
            reading={reading}
            rates={hitsPerSecond.get(reading.node.id) ?? []}
            isSelected={reading.node.id === selected}
          />
        ))}
      </tbody>
    </table>
  );
}

interface RowProps {
  readonly reading: NodeReading;
  readonly isSelected: boolean;
}

function FullRow({ reading, rates, isSelected }: RowProps & { readonly rates: readonly number[] }): ReactNode {
  const { node } = reading;
  return (
    <tr data-node-row={node.id} className={isSelected ? 'row-selected' : undefined}>
      <th scope="row" className="figure">
        {node.id}
      </th>
      <RoleCell reading={reading} />
      <Figure name="term">{node.term}</Figure>
      <Figure name="voted-for">{node.votedFor ?? '–'}</Figure>
      <Figure name="last">{formatCount(node.lastIndex)}</Figure>
      <Figure name="commit">{formatCount(node.commitIndex)}</Figure>
      <Figure name="applied">{formatCount(node.appliedIndex)}</Figure>
      <Figure name="lag">{formatCount(reading.lag)}</Figure>
      <Figure name="hits">{formatCount(node.cache.hits)}</Figure>
      <Figure name="misses">{formatCount(node.cache.misses)}</Figure>
      <Figure name="hit-rate">{hitRateOf(node)}</Figure>
      <td className="number">
        <Sparkline rates={rates} />
      </td>
      <Figure name="round-trip">{roundTrip(reading)}</Figure>
      <td className="number">
        <PlugSwitch reading={reading} />
      </td>
    </tr>
  );
}

function CompactTable({ readings, selected }: TableProps): ReactNode {
  return (
    <table className="node-table node-table-compact">
      <thead>
        <tr>
          <th scope="col">Node</th>
          <th scope="col">Role</th>
          <Heading>Term</Heading>
          <Heading>Commit</Heading>
          <th scope="col" className="number node-lag">
            Lag
          </th>
          <Heading>Hit rate</Heading>
          <Heading>Plugged in</Heading>
        </tr>
      </thead>
      {readings.map((reading) => (
        <CompactRows key={reading.node.id} reading={reading} isSelected={reading.node.id === selected} />
      ))}
    </table>
  );
}

/** A group of two lines for each node, so that a narrow table says as much as the wide one. */
function CompactRows({ reading, isSelected }: RowProps): ReactNode {
  const { node } = reading;
  return (
    <tbody className={isSelected ? 'row-selected' : undefined}>
      <tr data-node-row={node.id}>
        <th scope="row" className="figure">
          {node.id}
        </th>
        <RoleCell reading={reading} />
        <Figure name="term">{node.term}</Figure>
        <Figure name="commit">{formatCount(node.commitIndex)}</Figure>
        <td className="number figure node-lag" data-cell="lag">
          {formatCount(reading.lag)}
        </td>
        <Figure name="hit-rate">{hitRateOf(node)}</Figure>
        <td className="number">
          <PlugSwitch reading={reading} />
        </td>
      </tr>
      <tr className="node-more">
        <td colSpan={7} className="faint">
          <Detail name="voted for">{node.votedFor ?? '–'}</Detail>
          <Detail name="last">{formatCount(node.lastIndex)}</Detail>
          <Detail name="applied">{formatCount(node.appliedIndex)}</Detail>
          <span className="node-lag-below">
            <Detail name="behind">{formatCount(reading.lag)}</Detail>
          </span>
          <Detail name="hits">{formatCount(node.cache.hits)}</Detail>
          <Detail name="misses">{formatCount(node.cache.misses)}</Detail>
          <Detail name="trip">{roundTrip(reading)}</Detail>
        </td>
      </tr>
    </tbody>
  );
}

function RoleCell({ reading }: { readonly reading: NodeReading }): ReactNode {
  return (
    <td data-cell="role" className={`role role-${reading.standing}`}>
      {reading.word}
    </td>
  );
}

function Detail(props: { readonly name: string; readonly children: ReactNode }): ReactNode {
  return (
    <span className="node-detail" data-cell={props.name}>
      {props.name} <span className="figure">{props.children}</span>
    </span>
  );
}

function Heading(props: { readonly children: ReactNode }): ReactNode {
  return (
    <th scope="col" className="number">
      {props.children}
    </th>
  );
}

function Figure(props: { readonly name: string; readonly children: ReactNode }): ReactNode {
  return (
    <td className="number figure" data-cell={props.name}>
      {props.children}
    </td>
  );
}

function roundTrip(reading: NodeReading): string {
  return reading.roundTripMs === null ? '–' : formatMs(reading.roundTripMs);
}

const SPARK_WIDTH = 96;
const SPARK_HEIGHT = 16;
const SPARK_SAMPLES = 60;

/** Cache hits a second over the last minute, newest at the right, scaled to the highest. */
function Sparkline({ rates }: { readonly rates: readonly number[] }): ReactNode {
  const highest = Math.max(...rates, 1);
  const step = SPARK_WIDTH / (SPARK_SAMPLES - 1);
  const first = SPARK_SAMPLES - rates.length;
  const points = rates.map((rate, place) => {
    const y = SPARK_HEIGHT - 1 - (rate / highest) * (SPARK_HEIGHT - 2);
    return `${((first + place) * step).toFixed(1)},${y.toFixed(1)}`;
  });
  return (
    <svg
      className="spark"
      width={SPARK_WIDTH}
      height={SPARK_HEIGHT}
      role="img"
      aria-label={`${Math.round(rates.at(-1) ?? 0)} hits a second`}
    >
      <polyline points={points.join(' ')} />
    </svg>
  );
}
