import { GraphQLError } from 'graphql';
import type { LogIndex } from '#server/graph/identifiers.ts';
import { parseLogIndex } from '../execution/scalars.ts';

/** The header `instaface-at-least`; 0 without one. What is no index is given back as the error that the client gets. */
export function atLeastOf(header: string | readonly string[] | null | undefined): LogIndex | GraphQLError {
  if (header === null || header === undefined) return 0 as LogIndex;
  try {
    return parseLogIndex(header) as LogIndex;
  } catch {
    const message = `instaface-at-least must be a log index, a whole number, not ${JSON.stringify(String(header).slice(0, 100))}`;
    return new GraphQLError(message, { extensions: { code: 'BAD_INPUT', http: { status: 400 } } });
  }
}
