import { linkKey } from './telemetry-store.ts';
import type { Telemetry } from './telemetry-store.ts';

/**
 * One direction between two nodes as it is shown. `cut`: both can be heard, and still nothing goes this way. `off`: one of them is
 * unplugged or not heard, so nothing could.
 */
export interface LinkReading {
  readonly from: string;
  readonly to: string;
  readonly state: 'open' | 'cut' | 'off';
  readonly roundTripMs: number | null;
  readonly isConfirmed: boolean;
}

/** Every direction of every pair, by its name; also those that nobody reports. */
export function readLinks(telemetry: Telemetry): ReadonlyMap<string, LinkReading> {
  const readings = new Map<string, LinkReading>();
  const { cluster, wantedLinks } = telemetry;
  if (cluster === null) return readings;
  const reported = new Map(cluster.links.map((link) => [linkKey(link.from, link.to), link]));
  for (const from of cluster.nodes) {
    for (const to of cluster.nodes) {
      if (from === to) continue;
      const key = linkKey(from.id, to.id);
      const link = reported.get(key);
      const wanted = wantedLinks.get(key);
      const isConnected = wanted ?? link?.connected ?? false;
      const areThere = [from, to].every((node) => node.plugged && node.reachable);
      const state = !areThere ? 'off' : isConnected ? 'open' : 'cut';
      readings.set(key, {
        from: from.id,
        to: to.id,
        state,
        roundTripMs: state === 'open' ? (link?.roundTripMs ?? null) : null,
        isConfirmed: wanted === undefined,
      });
    }
  }
  return readings;
}
