import { Link, useMatches, useNavigate } from '@tanstack/react-router';
import { PanelRightOpen, UserRound } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTelemetry } from '../cluster/cluster-feed.ts';
import { isChoosingPerson, useActingPerson } from '../graph/acting-person.ts';
import { Avatar } from '../graph/person-line.tsx';
import { PersonPicker } from '../graph/person-picker.tsx';
import { ConnectionChip } from './connection-chip.tsx';

const PLACE_NAMES: Record<string, string> = {
  '/': 'Graph',
  '/u/$id': 'Person',
  '/s/$id': 'Status',
  '/path/$a': 'Path',
  '/path/$a/$b': 'Path',
  '/cluster': 'Cluster',
};

/** `offersMonitor`: the cluster could stand beside the page, but was put away. */
export function TopBar(props: { readonly offersMonitor: boolean }): ReactNode {
  const navigate = useNavigate();
  const place = useMatches({ select: (matches) => PLACE_NAMES[matches.at(-1)?.fullPath ?? '/'] ?? 'Nowhere' });
  const clusterId = useTelemetry().cluster?.id;
  const me = useActingPerson();
  const here = useMatches({ select: (matches) => personOf(matches.at(-1)) }) ?? me?.id ?? null;
  return (
    <header className="top">
      <p className="crumbs">
        <span className="faint figure" title={clusterId}>
          {clusterId?.slice(0, 8) ?? 'cluster'}
        </span>
        <span className="faint" aria-hidden>
          /
        </span>
        <span>{place}</span>
      </p>
      <div role="search" className="top-search">
        <PersonPicker
          label="Search people"
          placeholder="Search people"
          isPageSearch
          onPick={(person) => void navigate({ to: '/u/$id', params: { id: person.id } })}
          other={
            here === null
              ? null
              : {
                  does: 'shows the path from here',
                  onPick: ({ id }) => void navigate({ to: '/path/$a/$b', params: { a: here, b: id } }),
                }
          }
        />
      </div>
      <button type="button" className="me" onClick={() => isChoosingPerson.set(true)}>
        {me === null ? <UserRound size={16} aria-hidden /> : <Avatar name={me.name} />}
        <span className="me-text">{me === null ? 'Choose who you are' : `You are ${me.name}`}</span>
      </button>
      <ConnectionChip />
      {props.offersMonitor ? (
        <Link
          to="."
          search={(before) => ({ ...before, monitor: 'columns' as const })}
          className="icon-button"
          aria-label="Show the cluster"
          replace
          resetScroll={false}
        >
          <PanelRightOpen size={16} aria-hidden />
        </Link>
      ) : null}
    </header>
  );
}

/** The person that the page is about, if it is about one. */
function personOf(match: { readonly fullPath: string; readonly params: object } | undefined): string | null {
  const params: { readonly a?: unknown; readonly id?: unknown } = match?.params ?? {};
  const id = match?.fullPath === '/u/$id' ? params.id : params.a;
  return typeof id === 'string' ? id : null;
}
