import { useNavigate } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { Observable } from '../connection/observable.ts';
import { turnTheme } from './theme.ts';

const STORAGE_KEY = 'instaface.keys';
const SEQUENCE_MS = 1_000;

export const isHelpOpen = new Observable(false);
/** Whether single keys do anything; some readers' tools send them. */
export const hasKeys = new Observable(localStorage.getItem(STORAGE_KEY) !== 'off');

export function setKeys(isOn: boolean): void {
  hasKeys.set(isOn);
  localStorage.setItem(STORAGE_KEY, isOn ? 'on' : 'off');
}

interface Keys {
  readonly title: string;
  readonly keys: readonly (readonly [keys: string, does: string])[];
}

/** Where the keys work, in the order of the help. */
export const KEY_MAP: readonly Keys[] = [
  {
    title: 'Everywhere',
    keys: [
      ['g g', 'Graph'],
      ['g c', 'Cluster'],
      ['g p', 'Playground'],
      ['/', 'Search (also Ctrl K)'],
      ['t', 'Theme: system, light, dark'],
      ['?', 'This help'],
      ['Esc', 'Close'],
    ],
  },
  {
    title: 'In lists',
    keys: [
      ['j k', 'Next and previous'],
      ['l', 'Like'],
      ['o', 'Open'],
      ['n', 'Show what is new'],
    ],
  },
  {
    title: 'In the drawing of friends',
    keys: [
      ['← → ↑ ↓', 'Walk'],
      ['Enter', 'Go to whoever is selected'],
      ['e', 'Their friends too, or not'],
      ['p', 'Pin, or let go'],
      ['x', 'Hide'],
      ['+ - 0', 'Larger, smaller, all'],
      ['[ ]', 'Back and forward'],
    ],
  },
];

/** When `g` was pressed, for the key that goes with it. */
let afterG = -Infinity;

/** Whether this key belongs to the `g` before it, and to nobody else. */
export function isSecondKey(event: { readonly timeStamp: number }): boolean {
  return event.timeStamp - afterG < SEQUENCE_MS;
}

export function useKeyboard(): void {
  const navigate = useNavigate();
  const go = useRef(navigate);
  useEffect(() => {
    go.current = navigate;
  });
  // Once for the life of the page: a sequence must outlast the change of route that its first key may fall into.
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.key.toLowerCase() === 'k' && (event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        focusSearch();
        return;
      }
      if (event.ctrlKey || event.metaKey || event.altKey || !hasKeys.get() || isTyping(event.target)) return;
      const isSecond = isSecondKey(event);
      afterG = -Infinity;
      if (isSecond && event.key === 'g') void go.current({ to: '/' });
      else if (isSecond && event.key === 'c') void go.current({ to: '/cluster' });
      else if (isSecond && event.key === 'p') location.assign('/graphql');
      else if (event.key === 'g') afterG = event.timeStamp;
      else if (actOn(event.key)) event.preventDefault();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, []);
}

/** Whether the key means something here. */
function actOn(key: string): boolean {
  switch (key) {
    case '/':
      return focusSearch();
    case '?':
      isHelpOpen.set(true);
      return true;
    case 't':
      turnTheme();
      return true;
    case 'j':
      return walk(1);
    case 'k':
      return walk(-1);
    case 'l':
      return press(currentCard()?.querySelector('[data-like]'));
    case 'o':
      return press(currentCard()?.querySelector('[data-open]'));
    case 'n':
      return press(document.querySelector('[data-show-new]'));
    default:
      return false;
  }
}

function focusSearch(): boolean {
  const box = document.querySelector<HTMLInputElement>('[data-search]');
  box?.focus();
  box?.select();
  return box !== null;
}

function walk(step: 1 | -1): boolean {
  const cards = [...document.querySelectorAll<HTMLElement>('[data-card]')];
  const at = cards.findIndex((card) => card === currentCard());
  const next = cards[at === -1 ? 0 : at + step];
  next?.focus({ preventScroll: true });
  next?.scrollIntoView({ block: 'nearest' });
  return next !== undefined;
}

function currentCard(): HTMLElement | null {
  return document.activeElement?.closest<HTMLElement>('[data-card]') ?? null;
}

function press(element: Element | null | undefined): boolean {
  if (element instanceof HTMLElement) element.click();
  return element instanceof HTMLElement;
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && target.closest('input, textarea, select, dialog[open], [contenteditable]') !== null
  );
}
