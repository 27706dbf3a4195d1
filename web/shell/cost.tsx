import type { ReactNode } from 'react';
import { useLastAnswer } from '../connection/use-connection.ts';
import { countOf, formatCount, formatMs } from './figures.ts';

/** What the last answer cost the cluster, in one line below the graph. */
export function Cost(): ReactNode {
  const answer = useLastAnswer();
  if (answer === null) return <footer className="cost" />;
  const parts = [
    countOf(answer.cacheHits, 'cache hit', 'cache hits'),
    answer.cacheMisses > 0 ? countOf(answer.cacheMisses, 'miss', 'misses') : null,
    answer.leaderFetches > 0 ? countOf(answer.leaderFetches, 'leader fetch', 'leader fetches') : null,
    answer.databaseFetches > 0 ? countOf(answer.databaseFetches, 'database fetch', 'database fetches') : null,
    answer.totalMs > 0 ? `${formatMs(answer.totalMs)} ms` : null,
    `at #${formatCount(answer.index)}`,
    answer.node,
  ];
  return (
    <footer className="cost figure faint" title="What the last answer to this page cost the cluster">
      {parts.filter((part) => part !== null).join(' · ')}
    </footer>
  );
}
