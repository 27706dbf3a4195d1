/**
 * Who may import whom. A room is a folder; a file belongs to the longest room that its path begins with. Whatever is not in the
 * table may not be imported, be it a room or a package.
 */
export interface Room {
  readonly imports: readonly string[];
  /** npm packages and node modules it may use; `*` for any that package.json names. */
  readonly packages: readonly string[];
}

const everything = [
  'schema',
  'consensus/core',
  'consensus/driver',
  'consensus/storage',
  'consensus/transport',
  'server/graph',
  'server/store',
  'server/cache',
  'server/cluster',
  'server/gateway',
  'server/config',
  'server/observability',
];

export const rooms: Readonly<Record<string, Room>> = {
  schema: { imports: [], packages: ['graphql', 'node:fs', 'node:path'] },
  'consensus/core': { imports: [], packages: [] },
  'consensus/storage': { imports: ['consensus/core'], packages: ['node:'] },
  'consensus/driver': { imports: ['consensus/core', 'consensus/storage', 'consensus/transport'], packages: ['node:'] },
  'consensus/transport': { imports: ['consensus/core'], packages: ['node:', 'msgpackr'] },
  'server/graph': { imports: [], packages: ['node:crypto'] },
  'server/store': { imports: ['server/graph'], packages: ['node:', 'kysely', 'mysql2', 'pino'] },
  'server/cache': { imports: ['server/graph'], packages: [] },
  'server/config': { imports: ['server/graph'], packages: ['node:', 'ioredis', 'pino'] },
  'server/observability': { imports: ['server/graph'], packages: ['node:', 'pino', 'prom-client'] },
  'server/cluster': {
    imports: [
      'consensus/core',
      'consensus/driver',
      'consensus/storage',
      'consensus/transport',
      'server/graph',
      'server/cache',
      'server/config',
      'server/observability',
    ],
    packages: ['node:', 'msgpackr', 'uuid', 'pino'],
  },
  'server/gateway': {
    imports: ['schema', 'server/graph', 'server/cluster', 'server/config', 'server/observability'],
    packages: ['node:', 'graphql', 'graphql-yoga', 'jose', '@graphql-yoga/', 'graphql-ws', 'ws', 'dataloader', 'pino'],
  },
  // main.ts and build-node.ts: the only place that builds the parts and joins them.
  server: { imports: everything, packages: ['node:', 'pino'] },
  // Programs for people: clients of the API, and what starts nodes.
  'server/command-line': {
    imports: ['schema', 'server', 'server/config', 'bot'],
    packages: ['node:', 'commander', 'cli-progress', 'graphql-ws', 'ws', 'vite'],
  },
  web: { imports: ['schema'], packages: ['*'] },
  bot: { imports: ['schema'], packages: ['node:', '@faker-js/faker', 'graphql', 'graphql-ws', 'ws', 'uuid'] },
  tests: { imports: [...everything, 'server', 'server/command-line', 'web', 'bot'], packages: ['*'] },
};

/** The longest room that the path lies in; null for a path outside all rooms. */
export function roomOf(path: string): string | null {
  const found = Object.keys(rooms).filter((room) => path.startsWith(`${room}/`));
  return found.sort((a, b) => b.length - a.length)[0] ?? null;
}
