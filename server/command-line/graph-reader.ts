import { fileURLToPath } from 'node:url';
import { GraphClient } from '#bot/graph-client.ts';
import { graphOutline, type AssociationOutline, type EntityOutline } from '#schema/graph-outline.ts';
import { readSchema } from '#schema/read-schema.ts';

export interface Page<Item> {
  readonly items: readonly Item[];
  /** The cursor of the next page; null: this is the last. */
  readonly next: string | null;
}

export interface ReadEntity {
  readonly __typename: string;
  readonly id: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

export interface ReadEdge {
  readonly time: string;
  readonly properties: Readonly<Record<string, unknown>>;
  /** Null: deleted just then, with its associations. */
  readonly node: { readonly id: string } | null;
}

/** A place in the list of one entity's associations. */
export interface ListPlace extends AssociationOutline {
  readonly from: string;
  readonly after: string | null;
}

export const listsPerRequest = 50;
const entitiesPerPage = 100;
const edgesPerPage = 100;
const requestTimeoutMs = 30_000;
const patienceMs = 120_000;
const schemaFolder = fileURLToPath(new URL('../../schema', import.meta.url));

interface Connection<Item> {
  readonly totalCount?: number | null;
  readonly nodes: readonly (Item | null)[];
  readonly edges: readonly ReadEdge[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
}

/** The whole graph through the API, one query after the other, each of one moment and none of an earlier one than the query before. */
export class GraphReader {
  readonly #client: GraphClient;
  /** The latest that any answer was of. */
  index = 0;
  readonly outline = graphOutline(readSchema(schemaFolder));

  constructor(urls: readonly string[]) {
    this.#client = new GraphClient({ urls, requestTimeoutMs, patienceMs });
  }

  /** From here on `index` includes everything that was acknowledged to anybody. */
  async begin(): Promise<{ readonly cluster: string }> {
    const data = await this.#ask<{ cluster: { id: string } }>(
      'query Begin @read(consistency: LINEARIZABLE) { cluster { id } users(first: 0) { nodes { id } } }',
    );
    return { cluster: data.cluster.id };
  }

  async entities(
    { listField, isCounted }: EntityOutline,
    after: string | null,
  ): Promise<Page<ReadEntity> & { readonly totalCount: number | null }> {
    const { page } = await this.#ask<{ page: Connection<ReadEntity> }>(
      `query Entities($after: String) ${this.#fresh} {
        page: ${listField}(first: ${entitiesPerPage}, after: $after) { ${isCounted ? 'totalCount' : ''}
          nodes { __typename id properties } pageInfo { hasNextPage endCursor } } }`,
      { after },
    );
    // Deleted between the list and the look at it: null.
    const items = page.nodes.filter((node) => node !== null);
    return { items, next: nextOf(page), totalCount: page.totalCount ?? null };
  }

  async associations(places: readonly ListPlace[]): Promise<readonly (Page<ReadEdge> & { readonly of: ListPlace })[]> {
    const parameters = places.map((_, nth) => `$f${nth}: ID!, $t${nth}: String!, $a${nth}: String`);
    const lists = places.map(
      (_, nth) => `l${nth}: associations(from: $f${nth}, type: $t${nth}, after: $a${nth}, first: ${edgesPerPage})`,
    );
    const variables = places.flatMap(({ from, type, after }, nth) => [
      [`f${nth}`, from],
      [`t${nth}`, type],
      [`a${nth}`, after],
    ]);
    const data = await this.#ask<Readonly<Record<string, Connection<never>>>>(
      `query Lists(${parameters.join(', ')}) ${this.#fresh} { ${lists.map((list) => `${list} { ...List }`).join(' ')} }
      fragment List on AssociationConnection {
        edges { time properties node { id } } pageInfo { hasNextPage endCursor } }`,
      Object.fromEntries(variables),
    );
    return places.map((of, nth) => {
      const page = data[`l${nth}`] ?? missing(`associations of ${of.from}`);
      return { of, items: page.edges, next: nextOf(page) };
    });
  }

  get #fresh(): string {
    return `@read(atLeast: "${this.index}")`;
  }

  async #ask<Data>(document: string, variables: Readonly<Record<string, unknown>> = {}): Promise<Data> {
    const { data, extensions } = await this.#client.request(document, variables);
    const { index } = (extensions['instaface'] ?? {}) as { readonly index?: string };
    this.index = Math.max(this.index, Number(index ?? missing('index of the answer')));
    // What this query asks for, of the schema that this program and the node share.
    return (data ?? missing('data')) as Data;
  }
}

function nextOf({ pageInfo }: Connection<unknown>): string | null {
  return pageInfo.hasNextPage ? pageInfo.endCursor : null;
}

function missing(what: string): never {
  throw new Error(`the answer lacks the ${what}`);
}
