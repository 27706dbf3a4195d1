/** The associations of the acting person that buttons show and change. */
export const OWN_EDGE_TYPES = ['friend', 'likes'] as const;
export type OwnEdgeType = (typeof OWN_EDGE_TYPES)[number];

export interface OwnEdge {
  /** Whether the acting person has this edge, as the reader sees it; null while that is not known. */
  readonly isPresent: boolean | null;
  /** A change of it is on its way. */
  readonly isPending: boolean;
}

export interface OwnEdgesOptions {
  /** Which of these the person has an edge to. */
  readonly load: (me: string, type: OwnEdgeType, to: readonly string[]) => Promise<readonly string[]>;
  /** Runs `act` once what is being drawn has asked for all it needs. */
  readonly afterRender: (act: () => void) => void;
}

const UNKNOWN: OwnEdge = { isPresent: null, isPending: false };
const BATCH_MAX = 200;

interface State {
  readonly confirmed: boolean | null;
  readonly wanted: boolean | null;
  readonly edge: OwnEdge;
}

/**
 * Which people the acting person is a friend of and which statuses they like, asked for in one query for all that a page
 * shows. A change is shown at once (`begin`) and either kept (`commit`) or taken back (`rollBack`); what the cluster reports in
 * between (`report`) is remembered below it, so that taking back never shows something older than what is known.
 */
export class OwnEdges {
  private readonly options: OwnEdgesOptions;
  private readonly states = new Map<string, State>();
  private readonly wanted = new Set<string>();
  private readonly listeners = new Set<() => void>();
  private me: string | null = null;
  private isLoadPlanned = false;

  constructor(options: OwnEdgesOptions) {
    this.options = options;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => {
      this.listeners.delete(listener);
    };
  };

  actAs(me: string | null): void {
    if (me === this.me) return;
    this.me = me;
    const shown = [...this.states.keys()];
    this.states.clear();
    for (const key of shown) this.want(key);
    this.tell();
  }

  /** The edge as it is known now; asks for it when it is not. */
  get(type: OwnEdgeType, to: string): OwnEdge {
    const key = keyOf(type, to);
    const state = this.states.get(key);
    if (state !== undefined) return state.edge;
    this.want(key);
    return UNKNOWN;
  }

  begin(type: OwnEdgeType, to: string, isPresent: boolean): void {
    this.change(keyOf(type, to), { wanted: isPresent });
  }

  commit(type: OwnEdgeType, to: string, isPresent: boolean): void {
    this.change(keyOf(type, to), { wanted: null, confirmed: isPresent });
  }

  rollBack(type: OwnEdgeType, to: string): void {
    this.change(keyOf(type, to), { wanted: null });
  }

  /** The cluster says so, in the order of its commits. */
  report(type: OwnEdgeType, to: string, isPresent: boolean): void {
    this.change(keyOf(type, to), { confirmed: isPresent });
  }

  private change(key: string, change: Partial<Pick<State, 'confirmed' | 'wanted'>>): void {
    const before = this.states.get(key);
    const confirmed = change.confirmed === undefined ? (before?.confirmed ?? null) : change.confirmed;
    const wanted = change.wanted === undefined ? (before?.wanted ?? null) : change.wanted;
    this.states.set(key, { confirmed, wanted, edge: { isPresent: wanted ?? confirmed, isPending: wanted !== null } });
    this.tell();
  }

  private want(key: string): void {
    if (this.me === null) return;
    this.wanted.add(key);
    if (this.isLoadPlanned) return;
    this.isLoadPlanned = true;
    this.options.afterRender(() => {
      this.isLoadPlanned = false;
      this.load('friend');
      this.load('likes');
    });
  }

  private load(type: OwnEdgeType): void {
    const { me } = this;
    const prefix = keyOf(type, '');
    const ids = [...this.wanted].filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length));
    for (const id of ids) this.wanted.delete(keyOf(type, id));
    if (me === null) return;
    for (let from = 0; from < ids.length; from += BATCH_MAX) {
      const batch = ids.slice(from, from + BATCH_MAX);
      this.options.load(me, type, batch).then(
        (present) => this.onLoaded(me, type, { asked: batch, present: new Set(present) }),
        // Buttons stay in the unknown state, where they do nothing wrong; the next look at the page asks again.
        () => undefined,
      );
    }
  }

  private onLoaded(
    me: string,
    type: OwnEdgeType,
    answer: { asked: readonly string[]; present: ReadonlySet<string> },
  ): void {
    if (me !== this.me) return;
    for (const id of answer.asked) {
      // What was reported since the question is newer than the answer.
      if (typeof this.states.get(keyOf(type, id))?.confirmed === 'boolean') continue;
      this.change(keyOf(type, id), { confirmed: answer.present.has(id) });
    }
  }

  private tell(): void {
    for (const listener of this.listeners) listener();
  }
}

function keyOf(type: OwnEdgeType, to: string): string {
  return `${type}|${to}`;
}
