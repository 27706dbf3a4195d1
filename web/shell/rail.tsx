import { Link } from '@tanstack/react-router';
import { Activity, CircleHelp, Monitor, Moon, Network, SquareTerminal, Sun } from 'lucide-react';
import type { ReactNode } from 'react';
import { isHelpOpen } from './keyboard.ts';
import { turnTheme, useTheme } from './theme.ts';
import type { Theme } from './theme.ts';

const THEME_ICONS: Record<Theme, typeof Sun> = { system: Monitor, light: Sun, dark: Moon };

/** The places of the client: a rail at the left, a bar below on narrow screens. */
export function Rail(): ReactNode {
  const theme = useTheme();
  const ThemeIcon = THEME_ICONS[theme];
  return (
    <nav className="rail" aria-label="Places">
      <img src="/icon.svg" width={28} height={28} alt="" className="rail-mark" />
      <Link to="/" className="rail-item" activeOptions={{ exact: true, includeSearch: false }} title="Graph (g g)">
        <Network size={18} aria-hidden />
        <span>Graph</span>
      </Link>
      <Link to="/cluster" className="rail-item" activeOptions={{ includeSearch: false }} title="Cluster (g c)">
        <Activity size={18} aria-hidden />
        <span>Cluster</span>
      </Link>
      <a href="/graphql" className="rail-item" title="Playground (g p)">
        <SquareTerminal size={18} aria-hidden />
        <span>Playground</span>
      </a>
      <span className="rail-gap" />
      <button
        type="button"
        className="rail-item"
        aria-label={`Theme: ${theme}`}
        title={`Theme: ${theme} (t)`}
        onClick={turnTheme}
      >
        <ThemeIcon size={18} aria-hidden />
      </button>
      <button
        type="button"
        className="rail-item rail-help"
        aria-label="Keys"
        title="Keys (?)"
        onClick={() => isHelpOpen.set(true)}
      >
        <CircleHelp size={18} aria-hidden />
      </button>
    </nav>
  );
}
