import type { ReactNode } from 'react';
import { formatMs } from '../shell/figures.ts';
import { useTelemetry } from './cluster-feed.ts';
import type { NodeReading } from './cluster-reading.ts';
import { readLinks } from './link-reading.ts';
import type { LinkReading } from './link-reading.ts';
import { SetLinkSwitch } from './link-switch.tsx';
import { linkKey } from './telemetry-store.ts';

/** Every direction of every link: its round trip while it is open, and a switch to cut it. */
export function LinkMatrix({ readings }: { readonly readings: readonly NodeReading[] }): ReactNode {
  const links = readLinks(useTelemetry());
  return (
    <div className="matrix-scroll">
      <table className="matrix">
        <caption>
          Round trips in milliseconds. Choose one to cut that direction alone: what the node of the row sends no longer
          arrives at the node of the column.
        </caption>
        <thead>
          <tr>
            <td className="faint">from / to</td>
            {readings.map(({ node }) => (
              <th key={node.id} scope="col" className="figure">
                {node.id}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {readings.map(({ node: from }) => (
            <tr key={from.id}>
              <th scope="row" className="figure">
                {from.id}
              </th>
              {readings.map(({ node: to }) => (
                <td key={to.id}>
                  {from.id === to.id ? (
                    <span className="matrix-self" aria-hidden />
                  ) : (
                    <Cell link={links.get(linkKey(from.id, to.id)) ?? null} />
                  )}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Cell({ link }: { readonly link: LinkReading | null }): ReactNode {
  const text = link?.state === 'open' && link.roundTripMs !== null ? formatMs(link.roundTripMs) : (link?.state ?? '');
  return <SetLinkSwitch link={link} text={text} />;
}
