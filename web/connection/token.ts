import { Observable } from './observable.ts';

const STORAGE_KEY = 'instaface.token';

/** What this tab shows to a cluster that answers to tokens alone. It leaves the tab in headers only, never in an address. */
const token = new Observable<string | null>(sessionStorage.getItem(STORAGE_KEY));

export function currentToken(): string | null {
  return token.get();
}

/**
 * Whether a node has refused what this tab sent. `dismissed`: the reader was asked and wants to look first; refusals that follow
 * do not ask again.
 */
export const tokenNeed = new Observable<'none' | 'asked' | 'dismissed'>('none');

export function reportRefusedToken(): void {
  if (tokenNeed.get() === 'none') tokenNeed.set('asked');
}

/** Everything that was refused is asked for again: the page begins anew. */
export function takeToken(next: string | null): void {
  if (next === null) sessionStorage.removeItem(STORAGE_KEY);
  else sessionStorage.setItem(STORAGE_KEY, next);
  token.set(next);
  location.reload();
}
