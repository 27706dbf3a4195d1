/** Where a member of the cluster listens for its peers. */
export interface PeerAddress {
  readonly host: string;
  readonly port: number;
}

/** What a client's token allows; each includes those before it. */
export const clientRoles = ['read', 'write', 'operate'] as const;
export type ClientRole = (typeof clientRoles)[number];

export const logLevels = ['debug', 'info', 'warn', 'error', 'silent'] as const;
type LogLevel = (typeof logLevels)[number];

/** Everything a node can be told, read once from flags, environment and Redis, then frozen. Units are in the names. */
export interface Config {
  readonly nodeId: string;
  /** The folder of this node alone: its log, identity and `node.pid`. */
  readonly dataFolder: string;
  readonly listen: { readonly host: string; readonly port: number };
  /**
   * Whoever reaches the port is trusted, as an operator says: only then may a node without credentials listen on more than loopback,
   * and answer under any name.
   */
  readonly trustedNetwork: boolean;
  /** SHA-256 of each client's token, in hex, and what it allows; null: nobody needs one. Never logged. */
  readonly tokenRoles: ReadonlyMap<string, ClientRole> | null;
  /** Whose JSON Web Tokens count besides; `roleClaim` names the claim that holds the role. Null: nobody's. Never logged. */
  readonly jsonWebTokens: {
    readonly key:
      | { readonly kind: 'secret'; readonly secret: string }
      | { readonly kind: 'keys'; readonly keys: readonly Readonly<Record<string, unknown>>[] };
    readonly issuer: string;
    readonly audience: string;
    readonly roleClaim: string;
  } | null;
  readonly peerListen: PeerAddress;
  /** What clients are told: `http://127.0.0.1:4000`. */
  readonly publicUrl: string;
  /** Where the other nodes reach this one; differs from `peerListen` behind a wildcard or a container's network. */
  readonly peerAddress: PeerAddress;
  /** The founding members, sorted. With Redis a list that is written once, whoever comes and goes later. */
  readonly members: readonly string[];
  /** The members whose address is known, this node included. With Redis others may become known later. */
  readonly peers: ReadonlyMap<string, PeerAddress>;
  readonly publicUrls: ReadonlyMap<string, string>;
  /** `sqlite:/path/to/file` or `mysql://user:password@host:port/schema`. Never logged with its password. */
  readonly databaseUrl: string;
  readonly redisUrl: string | null;
  /** Names the cluster in Redis and, with its identity, in the database. */
  readonly clusterName: string;
  /** Empty only where all nodes are on this machine, or with `peerTls`. Never logged. */
  readonly clusterSecret: string;
  /** PEM texts for the links between nodes; null: TCP. Never logged. */
  readonly peerTls: { readonly cert: string; readonly key: string; readonly ca: string } | null;
  readonly timings: {
    readonly tickMs: number;
    readonly heartbeatTicks: number;
    readonly electionTimeoutTicks: number;
    /** The longest a mutation waits for its commit at the node that took it. */
    readonly mutationDeadlineMs: number;
    readonly readDeadlineMs: number;
    readonly databaseTimeoutMs: number;
    readonly idempotencyKeyHours: number;
  };
  readonly limits: {
    readonly cacheBytesMax: number;
    /** Committed and not yet materialized: at either bound new writes get DATABASE_BEHIND. */
    readonly behindEntriesMax: number;
    readonly behindBytesMax: number;
    /** How much of the log is kept behind the materialized index. */
    readonly retainedEntries: number;
    readonly retainedBytes: number;
    readonly batchCommandsMax: number;
    readonly batchBytesMax: number;
    readonly queueCommandsMax: number;
    readonly recentKeysMax: number;
    readonly changeBufferEntriesMax: number;
    readonly requestBodyBytesMax: number;
    readonly queryDepthMax: number;
    readonly operationCostMax: number;
    readonly subscriptionsPerConnectionMax: number;
    readonly subscriptionsPerClientMax: number;
    readonly connectionsPerClientMax: number;
    readonly operationsPerSecondMax: number;
  };
  readonly logLevel: LogLevel;
}
