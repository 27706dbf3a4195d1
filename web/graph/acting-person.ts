import { useSyncExternalStore } from 'react';
import { Observable } from '../connection/observable.ts';

/** Who the reader acts as. There are no accounts: anyone may speak for anyone, as in any test of a graph. */
export interface ActingPerson {
  readonly id: string;
  readonly name: string;
}

const STORAGE_KEY = 'instaface.acting-person';

export const actingPerson = new Observable<ActingPerson | null>(remembered());

export function actAs(person: ActingPerson | null): void {
  actingPerson.set(person);
  if (person === null) localStorage.removeItem(STORAGE_KEY);
  else localStorage.setItem(STORAGE_KEY, JSON.stringify(person));
}

export function useActingPerson(): ActingPerson | null {
  return useSyncExternalStore(actingPerson.subscribe, actingPerson.get);
}

/** Whether the dialog to choose a person is open; buttons that need one open it. */
export const isChoosingPerson = new Observable(false);

function remembered(): ActingPerson | null {
  try {
    const found: unknown = JSON.parse(localStorage.getItem(STORAGE_KEY) ?? 'null');
    if (typeof found !== 'object' || found === null || !('id' in found) || !('name' in found)) return null;
    return typeof found.id === 'string' && typeof found.name === 'string' ? { id: found.id, name: found.name } : null;
  } catch {
    return null;
  }
}
