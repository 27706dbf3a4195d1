import { useSyncExternalStore } from 'react';
import type { Answer } from './answers.ts';
import { lastAnswer } from './answers.ts';
import type { Endpoint } from './endpoints.ts';
import { connection } from './graph-client.ts';
import type { ConnectionState } from './live-connection.ts';

export function useConnection(): ConnectionState {
  return useSyncExternalStore(connection.state.subscribe, connection.state.get);
}

export function useEndpoints(): readonly Endpoint[] {
  return useSyncExternalStore(connection.endpoints.subscribe, connection.endpoints.get).all;
}

export function useLastAnswer(): Answer | null {
  return useSyncExternalStore(lastAnswer.subscribe, lastAnswer.get);
}
