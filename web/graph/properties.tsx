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
}

/** Everything that is written on an entity, with the type of each value, and the commit that last changed it. */
export function Properties(props: PropertiesProps): ReactNode {
  const { entity } = props;
  const own = Object.entries(entity.properties).toSorted(([a], [b]) => a.localeCompare(b));
  return (
    <dl className="properties">
      {own.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd className={`figure value value-${typeOf(value)}`} title={typeOf(value)}>
            {textOf(value)}
          </dd>
        </div>
      ))}
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
