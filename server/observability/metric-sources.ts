/** What is read when somebody asks for `/metrics`, and costs nothing until then. Each part is a part of the node. */
export interface MetricSources {
  readonly cache: () => CacheFigures;
  readonly log: () => LogFigures;
  readonly links: () => readonly LinkFigures[];
  readonly database: () => DatabaseFigures;
}

/** Totals count from the start of the process. */
export interface CacheFigures {
  readonly entries: number;
  readonly bytes: number;
  readonly hits: number;
  readonly misses: number;
  readonly leaderFetches: number;
  readonly databaseFetches: number;
}

export interface LogFigures {
  readonly term: number;
  readonly leading: boolean;
  readonly hasQuorum: boolean;
  /** The log lost entries. */
  readonly repairing?: boolean;
  readonly firstIndex: number;
  readonly lastIndex: number;
  readonly commitIndex: number;
  readonly appliedIndex: number;
}

interface LinkFigures {
  readonly to: string;
  readonly open: boolean;
  readonly roundTripMs: number | null;
}

export interface DatabaseFigures {
  readonly available: boolean;
  readonly materializedIndex: number;
  /** Entries committed and not yet in the database. */
  readonly behind: number;
}
