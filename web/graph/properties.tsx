import { Pencil } from 'lucide-react';
import type { ReactNode } from 'react';
import { formatCount } from '../shell/figures.ts';
import { Time } from '../shell/time.tsx';

export interface PropertiesProps {
  readonly entity: {
    readonly id: string;
    readonly properties: Record<string, unknown>;
    readonly createdAt: string;
    readonly updatedAt: string;
    readonly version: string;
  };
  /** The row that is being changed, and what stands there instead. */
  readonly editing?: { readonly name: string; readonly editor: ReactNode } | null;
  readonly onEdit?: (name: string, value: unknown) => void;
}

/** Everything that is written on an entity, with the type of each value, and the commit that last changed it. */
export function Properties(props: PropertiesProps): ReactNode {
  const { entity, onEdit } = props;
  const own = Object.entries(entity.properties).toSorted(([a], [b]) => a.localeCompare(b));
  return (
    <dl className="properties">
      {own.map(([name, value]) =>
        props.editing?.name === name ? (
          <div key={name} className="property-edited">
            <dt className="unseen">{name}</dt>
            <dd>{props.editing.editor}</dd>
          </div>
        ) : (
          <div key={name} className={onEdit === undefined ? undefined : 'property-editable'}>
            <dt>{name}</dt>
            <dd className={`figure value value-${typeOf(value)}`} title={typeOf(value)}>
              {textOf(value)}
              {onEdit === undefined ? null : (
                <button
                  type="button"
                  className="icon-button property-edit"
                  aria-label={`Change ${name}`}
                  data-edit={name}
                  onClick={() => onEdit(name, value)}
                >
                  <Pencil size={13} aria-hidden />
                </button>
              )}
            </dd>
          </div>
        ),
      )}
      <div className="properties-own">
        <dt>id</dt>
        <dd className="figure faint">{entity.id}</dd>
      </div>
      <div>
        <dt>created</dt>
        <dd>
          <Time iso={entity.createdAt} />
        </dd>
      </div>
      <div>
        <dt>changed</dt>
        <dd>
          <Time iso={entity.updatedAt} />
        </dd>
      </div>
      <div>
        <dt>version</dt>
        <dd className="figure faint">#{formatCount(entity.version)}</dd>
      </div>
    </dl>
  );
}

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'list' : typeof value;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value, null, 1).replaceAll(/\s*\n\s*/g, ' ');
}
