import { Observable } from '../connection/observable.ts';

/** The result of something the reader did. The cluster's own events have their place on the cluster page, not here. */
export interface Toast {
  readonly id: number;
  readonly tone: 'ok' | 'bad';
  readonly text: string;
  /** Figures, in the face for figures: `committed #4,828 · n2 · 4.1 ms`. */
  readonly note: string;
  readonly retry: (() => void) | null;
}

const SHOWN_MAX = 3;
const OK_MS = 4_000;

export const toasts = new Observable<readonly Toast[]>([]);
let lastId = 0;

export function showToast(toast: Omit<Toast, 'id'>): void {
  const id = ++lastId;
  toasts.set([...toasts.get(), { ...toast, id }].slice(-SHOWN_MAX));
  // What failed stays until the reader has seen it.
  if (toast.tone === 'ok') setTimeout(() => dismissToast(id), OK_MS);
}

export function dismissToast(id: number): void {
  toasts.set(toasts.get().filter((toast) => toast.id !== id));
}
