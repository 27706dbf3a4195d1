/** Goal: what an operation may cost is known before it runs, is told with the answer, and is bounded whatever route it comes by. */
import { Kind, parse, validate } from 'graphql';
import { describe, expect, onTestFinished, test } from 'vitest';
import { gatewayConfig, serveGateway } from '../testing/served-gateway.ts';
import { schemaFolder } from '../testing/test-gateway.ts';
import { readDeclarations } from '../read-declarations.ts';
import { resolvers } from '../resolvers/all-resolvers.ts';
import { documentAliasesMax, documentBreadthMax, mutationsPerDocumentMax } from './document-limits.ts';
import { executableSchema } from './executable-schema.ts';
import { operationCost } from './operation-cost.ts';

const schema = executableSchema({ ...readDeclarations(schemaFolder), resolvers });

function costOf(query: string, variables: Readonly<Record<string, unknown>> = {}): number {
  const document = parse(query);
  expect(validate(schema, document)).toEqual([]);
  const operation = document.definitions[0];
  if (operation?.kind !== Kind.OPERATION_DEFINITION) throw new Error('the operation comes first');
  return operationCost({ schema, document, operation }, variables);
}

const paged = 'query($n: Int = 7) { users(first: $n) { nodes { friends(first: $n) { totalCount } } } }';
test.each([
  ['a leaf comes with its object', '{ __typename }', {}, 0],
  ['an object is one', '{ user(handle: "a") { id name } }', {}, 1],
  ['a name of its own is paid for', '{ a: user(handle: "a") { id } b: user(handle: "a") { id } }', {}, 2],
  ['the connection, and an edge and a node each', '{ users(first: 3) { edges { node { id } } } }', {}, 7],
  ['what a page says of itself is one', '{ users(first: 3) { pageInfo { endCursor } } }', {}, 2],
  ['a list is as long as lists are when nothing is said', '{ users { nodes { id } } }', {}, 21],
  ['lists in lists multiply', '{ users(first: 10) { nodes { friends(first: 5) { nodes { id } } } } }', {}, 71],
  ['ids count', '{ nodes(ids: ["a", "b"]) { id } }', {}, 2],
  ['ids in a variable count', 'query($ids: [ID!]!) { nodes(ids: $ids) { id } }', { ids: ['a', 'b', 'c'] }, 3],
  ['a variable says how long', paged, { n: 3 }, 7],
  ['a variable that is left out has its default', paged, {}, 15],
  ['null is as good as nothing said', 'query($n: Int) { users(first: $n) { nodes { id } } }', { n: null }, 21],
  ['what is less than nothing is nothing', paged, { n: -5 }, 1],
  ['a fragment counts where it is spread', '{ ...f ...f } fragment f on Query { user(handle: "a") { id } }', {}, 2],
  [
    'of an entity of any type, all is counted',
    '{ node(id: "a") { ... on User { friends { nodes { id } } } } }',
    {},
    22,
  ],
  ['introspection is bounded elsewhere', '{ __schema { types { name } } }', {}, 0],
])('%s', (_what, query, variables, cost) => expect(costOf(query, variables)).toBe(cost));

const operationCostMax = 50;
const routes: readonly (readonly [string, string, string])[] = [
  ['the direct route', '/graphql', 'application/json'],
  ['the route of yoga', '/graphql?', 'application/json'],
];
describe.each(routes)('on %s', (_name, path, accept) => {
  const serve = async () => {
    const gateway = await serveGateway({ limits: { ...gatewayConfig.limits, operationCostMax } });
    onTestFinished(() => gateway.close());
    return (body: object) =>
      gateway.fetch(path, {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept },
        body: JSON.stringify(body),
      });
  };
  const query = 'query($n: Int) { users(first: $n) { nodes { id } } }';

  test('an answer says what it may have cost', async () => {
    const ask = await serve();
    const answer = await ask({ query, variables: { n: operationCostMax - 1 } });
    expect(answer.json()).toMatchObject({ extensions: { cost: { estimated: 50, max: 50 } } });
  });

  test('what may cost more is not executed', async () => {
    const ask = await serve();
    const answer = await ask({ query, variables: { n: operationCostMax } });
    const { data, errors } = answer.json();
    expect([data, errors?.length]).toEqual([undefined, 1]);
    expect(errors?.[0]?.extensions).toEqual({ code: 'LIMIT_EXCEEDED', cost: { estimated: 51, max: 50 } });
  });

  test.each([
    ['fields side by side', `{ ${'__typename '.repeat(documentBreadthMax + 1)}}`],
    [
      'fields side by side, by fragments',
      `{ ${'...f '.repeat(documentBreadthMax / 2)} } fragment f on Query { a: __typename b: __typename c: __typename }`,
    ],
    [
      'aliases',
      `{ x: node(id: "a") { ...f } ${aliases(documentAliasesMax / 2)} } fragment f on Node { ${aliases(documentAliasesMax / 2)} }`,
    ],
    [
      'mutations behind a fragment',
      `mutation { ...f } fragment f on Mutation { ${`removeNode(node: "n9") { id } `.repeat(mutationsPerDocumentMax + 1)} }`,
    ],
  ])('%s are bounded', async (_what, many) => {
    const ask = await serve();
    expect((await ask({ query: many })).json().errors?.[0]?.extensions).toEqual({ code: 'LIMIT_EXCEEDED' });
  });
});

function aliases(count: number): string {
  return Array.from({ length: count }, (_, place) => `a${place}: __typename`).join(' ');
}
