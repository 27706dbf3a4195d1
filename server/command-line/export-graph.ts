import type { EntityOutline } from '#schema/graph-outline.ts';
import type { AssociationLine } from './graph-file.ts';
import { GraphReader, listsPerRequest, type ListPlace, type ReadEdge } from './graph-reader.ts';
import { GraphStage } from './graph-stage.ts';
import type { ImportOptions } from './import-edges.ts';

export interface ExportSummary {
  readonly file: string;
  readonly cluster: string;
  readonly entities: number;
  readonly associations: number;
  /** Associations to entities that were created while the export ran, and so are not in the file. */
  readonly leftOut: number;
  /** What was committed up to the first is in the file; what came after the last is not. */
  readonly firstIndex: string;
  readonly lastIndex: string;
  /** Nothing was committed while the export ran: the file is the graph as it was at that one index. */
  readonly isOneMoment: boolean;
}

/**
 * The whole graph into a file, page by page. Each page is of one moment, none is of an earlier one than the page before, and the first
 * includes everything acknowledged before. The API reads no past: of what is committed while this runs some is in the file and some is not,
 * change by change, and an association that is given another time just then may be missing. `isOneMoment` says whether nothing was. An
 * association is one line, and both its ends are in the file, so it is never half there.
 */
export async function exportGraph({ file, urls, onProgress }: ImportOptions): Promise<ExportSummary> {
  const reader = new GraphReader(urls);
  const stage = await GraphStage.open(file);
  try {
    const { cluster } = await reader.begin();
    const firstIndex = String(reader.index);
    for (const entity of reader.outline.entities) await exportType(entity, { reader, stage, onProgress });
    const counts = await stage.finish({ cluster, index: firstIndex });
    const lastIndex = String(reader.index);
    const isOneMoment = firstIndex === lastIndex;
    return { file, cluster, entities: stage.entityCount, ...counts, firstIndex, lastIndex, isOneMoment };
  } finally {
    await stage.close();
  }
}

interface Export {
  readonly reader: GraphReader;
  readonly stage: GraphStage;
  readonly onProgress: ImportOptions['onProgress'];
}

async function exportType(entity: EntityOutline, { reader, stage, onProgress }: Export): Promise<void> {
  let done = 0;
  let after: string | null = null;
  do {
    const { items, next, totalCount } = await reader.entities(entity, after);
    await stage.addEntities(
      items.map(({ id, __typename: type, properties }) => ({ kind: 'entity', id, type, properties })),
    );
    await exportLists(
      items.flatMap(({ id }) => entity.associations.map((association) => ({ ...association, from: id, after: null }))),
      { reader, stage },
    );
    done += items.length;
    onProgress({ stage: entity.type, done, total: Math.max(totalCount ?? 0, done) });
    after = next;
  } while (after !== null);
}

/** At most one place a list: the next page takes the place of the one before. */
async function exportLists(
  places: readonly ListPlace[],
  { reader, stage }: Pick<Export, 'reader' | 'stage'>,
): Promise<void> {
  const waiting = [...places];
  while (waiting.length > 0) {
    for (const { of, items, next } of await reader.associations(waiting.splice(0, listsPerRequest))) {
      await stage.addAssociations(items.flatMap((edge) => linesOf(of, edge)));
      if (next !== null) waiting.push({ ...of, after: next });
    }
  }
}

/** A symmetric one is in the lists of both its ends, and written from one of them. */
function linesOf(
  { from, type, isSymmetric }: ListPlace,
  { node, time, properties }: ReadEdge,
): readonly AssociationLine[] {
  if (node === null || (isSymmetric && node.id < from)) return [];
  return [{ kind: 'association', from, type, to: node.id, time, properties }];
}
