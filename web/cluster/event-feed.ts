import { useEffect } from 'react';
import { stringifyDocument } from 'urql';
import { connection } from '../connection/graph-client.ts';
import { Observable } from '../connection/observable.ts';
import { ClusterEventsDocument } from '../generated/graphql.ts';
import type { ClusterEventsSubscription } from '../generated/graphql.ts';
import { telemetry } from './cluster-feed.ts';
import { EventLog } from './event-log.ts';

/** Each look-up of a cache would push out what is worth going back to. */
const KINDS = ['ROLE', 'VOTE', 'MESSAGE', 'COMMIT', 'LINK', 'DATABASE'];
const TELL_EVERY_MS = 500;

/** What this page has heard; `version` moves when it grows. */
export const recording = { log: new EventLog(), version: new Observable(0) };
/** A recording out of a file, looked at instead. */
export const imported = new Observable<EventLog | null>(null);

let isRecording = false;

/** Listens from the first time that the cluster is shown, for as long as the page lives: what was not heard cannot be rewound. */
export function useRecording(): void {
  useEffect(() => {
    if (isRecording) return;
    isRecording = true;
    listen();
  }, []);
}

function listen(): void {
  let isTold = false;
  // From the answering node's clock to the page's: the least delay that was seen.
  let offsetMs = Infinity;
  const take = (event: ClusterEventsSubscription['clusterEvents']): void => {
    const { cluster } = telemetry.get();
    if (cluster === null) return;
    offsetMs = Math.min(offsetMs, Date.now() - event.atMicros / 1_000);
    recording.log.add({ atMs: event.atMicros / 1_000 + offsetMs, event }, cluster);
    if (isTold) return;
    isTold = true;
    setTimeout(() => {
      isTold = false;
      recording.version.set(recording.version.get() + 1);
    }, TELL_EVERY_MS);
  };
  const again = (): void => {
    setTimeout(listen, TELL_EVERY_MS);
  };
  connection.subscribe(
    { query: stringifyDocument(ClusterEventsDocument), variables: { kinds: KINDS } },
    {
      next: (result) => {
        const event = (result.data as ClusterEventsSubscription | null | undefined)?.clusterEvents;
        if (event !== undefined) take(event);
      },
      // A stream that cannot go on without a gap: the next one begins now, and the log notes the gap.
      error: again,
      complete: again,
    },
  );
}
