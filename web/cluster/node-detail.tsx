import type { ReactNode } from 'react';
import { formatCount, formatDuration, formatMs } from '../shell/figures.ts';
import type { NodeReading } from './cluster-reading.ts';
import type { LinkReading } from './link-reading.ts';
import { SetLinkSwitch } from './link-switch.tsx';

export interface NodeDetailProps {
  readonly reading: NodeReading | null;
  readonly links: ReadonlyMap<string, LinkReading>;
}

/** What the selected node says of itself, and the directions that begin or end at it. Its place is kept while nothing is selected. */
export function NodeDetail({ reading, links }: NodeDetailProps): ReactNode {
  if (reading === null) {
    return (
      <section className="node-says" aria-label="Selected node">
        <p className="faint">Choose a node to see what it says of itself.</p>
      </section>
    );
  }
  const { node, word } = reading;
  const others = [...links.values()].filter((link) => link.from === node.id);
  return (
    <section className="node-says" aria-label="Selected node">
      <h2>
        <span className="figure">{node.id}</span> <span className="faint">{word}</span>
      </h2>
      <dl className="node-facts">
        <Fact name="takes for leader">{node.knownLeader ?? 'nobody'}</Fact>
        <Fact name="voted for">{node.votedFor ?? 'nobody'}</Fact>
        <Fact name="log">
          #{formatCount(node.firstIndex)} – #{formatCount(node.lastIndex)}
        </Fact>
        <Fact name="cache">{formatCount(node.cache.entries)} values</Fact>
        <Fact name="runs for">{formatDuration(node.uptimeSeconds * 1_000)}</Fact>
        <Fact name="answers at">{node.publicUrl.replace(/^https?:\/\//, '')}</Fact>
      </dl>
      <table className="node-links">
        <thead>
          <tr>
            <th scope="col">Link</th>
            <th scope="col" className="number">
              Trip, ms
            </th>
            <th scope="col">Sends</th>
            <th scope="col">Hears</th>
          </tr>
        </thead>
        <tbody>
          {others.map((link) => (
            <tr key={link.to}>
              <th scope="row" className="figure">
                {link.to}
              </th>
              <td className="number figure">{link.roundTripMs === null ? '–' : formatMs(link.roundTripMs)}</td>
              <td>
                <SetLinkSwitch link={link} />
              </td>
              <td>
                <SetLinkSwitch link={links.get(`${link.to} ${node.id}`) ?? null} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Fact(props: { readonly name: string; readonly children: ReactNode }): ReactNode {
  return (
    <div>
      <dt>{props.name}</dt>
      <dd className="figure">{props.children}</dd>
    </div>
  );
}
