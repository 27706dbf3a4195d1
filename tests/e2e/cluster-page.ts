import type { Page } from 'playwright-core';
import { askForData, type TestCluster } from '../support/cluster-process.ts';

/** What the table says of a node, or what the node says of itself, in the same words. */
export interface NodeWords {
  readonly id: string;
  readonly role: string;
  readonly term: string;
  readonly votedFor: string;
  readonly plugged: boolean;
}

/** The rows of the wide table on the page at /cluster. */
export async function nodesOnPage(page: Page): Promise<readonly NodeWords[]> {
  const rows = await page.locator('[data-node-row]').all();
  return Promise.all(
    rows.map(async (row) => ({
      id: (await row.getAttribute('data-node-row')) ?? '',
      role: await row.locator('[data-cell=role]').innerText(),
      term: await row.locator('[data-cell=term]').innerText(),
      votedFor: await row.locator('[data-cell=voted-for]').innerText(),
      plugged: (await row.getByRole('switch').getAttribute('aria-checked')) === 'true',
    })),
  );
}

interface OwnReport {
  readonly id: string;
  readonly role: string;
  readonly term: number;
  readonly votedFor: string | null;
  readonly plugged: boolean;
}

/** Each node asked about itself, on its own port. */
export async function nodesByThemselves(cluster: TestCluster): Promise<readonly NodeWords[]> {
  return Promise.all(
    cluster.nodes.map(async (process) => {
      const query = '{ cluster { nodes { id role term votedFor plugged } } }';
      const data = await askForData<{ cluster: { nodes: readonly OwnReport[] } }>(process.url, query);
      const own = data.cluster.nodes.find((node) => node.id === process.options.id);
      if (own === undefined) throw new Error(`${process.options.id} does not list itself`);
      const role = own.plugged ? own.role.toLowerCase().replace('_', '-') : 'unplugged';
      return { id: own.id, role, term: `${own.term}`, votedFor: own.votedFor ?? '–', plugged: own.plugged };
    }),
  );
}
