import type { HappenedEvent } from './fold-event.ts';

/** What happened, in a few words. */
export function eventWords(event: HappenedEvent): string {
  const { source } = event;
  switch (event.__typename) {
    case 'RoleEvent':
      return `${source} is ${event.role.toLowerCase().replace('_', '-')}, T${event.term}: ${event.reason}`;
    case 'VoteEvent': {
      const what = event.preVote ? 'pre-vote' : 'vote';
      return `${source} ${event.granted ? 'gave' : 'refused'} ${event.candidate} its ${what}, T${event.term}`;
    }
    case 'MessageEvent':
      return `${event.from} → ${event.to} ${event.messages} × ${event.kind}${event.dropped ? ', dropped' : ''}`;
    case 'CommitEvent':
      return `${source} applied #${event.index}`;
    case 'CacheEvent':
      return `${source} looked into its cache`;
    case 'LinkEvent':
      if (event.from === event.to) return `${event.from} was ${event.connected ? 'plugged in' : 'unplugged'}`;
      return `${event.from} → ${event.to} ${event.connected ? 'came up' : 'is cut or down'}`;
    case 'DatabaseEvent':
      return event.available ? `the database is at #${event.materializedIndex}` : 'the database does not answer';
  }
}

/** What a reader looks for first: elections, and nodes and links that come and go. */
export function isMarker(event: HappenedEvent): boolean {
  return (event.__typename === 'RoleEvent' && event.role === 'LEADER') || event.__typename === 'LinkEvent';
}
