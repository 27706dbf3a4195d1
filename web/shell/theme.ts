import { useSyncExternalStore } from 'react';
import { Observable } from '../connection/observable.ts';

const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

const STORAGE_KEY = 'instaface.theme';
const theme = new Observable<Theme>(remembered());
apply(theme.get());

/** The next of system, light, dark. */
export function turnTheme(): void {
  const next = THEMES[(THEMES.indexOf(theme.get()) + 1) % THEMES.length] ?? 'system';
  theme.set(next);
  localStorage.setItem(STORAGE_KEY, next);
  apply(next);
}

export function useTheme(): Theme {
  return useSyncExternalStore(theme.subscribe, theme.get);
}

function remembered(): Theme {
  const found = localStorage.getItem(STORAGE_KEY);
  return THEMES.find((one) => one === found) ?? 'system';
}

/** All colours are `light-dark()` pairs, so one property of the root decides. */
function apply(next: Theme): void {
  document.documentElement.style.colorScheme = next === 'system' ? 'light dark' : next;
}
