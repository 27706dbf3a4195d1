/** A whole small graph, as every node must answer it. */
export interface GraphContents {
  readonly users: {
    readonly totalCount: number | null;
    readonly nodes: readonly unknown[];
  };
}

const person = `id handle name bio properties createdAt updatedAt version
  friends(first: 100) { totalCount edges { time properties node { id } } }
  statuses(first: 100) { totalCount nodes { id text version likedBy(first: 100) { totalCount edges { time node { id } } } } }
  likes(first: 100) { totalCount nodes { id } }`;

export const contentsQuery = `query Contents @read(consistency: LINEARIZABLE) { users(first: 100) { totalCount nodes { ${person} } } }`;
