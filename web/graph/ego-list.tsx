import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { EgoLayout } from './ego-layout.ts';
import { detailsOf } from './ego-people.ts';
import type { EgoPerson } from './ego-people.ts';
import type { EgoView } from './ego-view.ts';
import { Avatar } from './person-line.tsx';

export interface EgoListProps {
  readonly people: readonly EgoPerson[];
  readonly layout: EgoLayout;
  readonly view: EgoView;
  readonly onChange: (next: EgoView) => void;
}

/** The drawing in words: the same people in the same order, with the same one selected. */
export function EgoList({ people, layout, view, onChange }: EgoListProps): ReactNode {
  const byId = new Map(people.map((person) => [person.id, person]));
  return (
    <ol className="paged" aria-label="People in the drawing">
      {layout.friends.map(({ id, name }) => (
        <li key={id} className="person-line">
          <button
            type="button"
            className="person-link ego-row"
            aria-pressed={view.selected === id}
            onClick={() => onChange({ ...view, selected: view.selected === id ? null : id })}
          >
            <Avatar name={name} />
            <span className="person-names">
              <span className="person-name">{name}</span>
              <span className="faint">{detailsIn(people, byId.get(id))}</span>
            </span>
          </button>
          <Link
            to="/u/$id"
            params={{ id }}
            search={{ view: 'graph' }}
            className="button"
            aria-label={`Go there: ${name}`}
          >
            Go there
          </Link>
        </li>
      ))}
    </ol>
  );
}

function detailsIn(people: readonly EgoPerson[], person: EgoPerson | undefined): string | null {
  return person === undefined ? null : detailsOf(people, person);
}
