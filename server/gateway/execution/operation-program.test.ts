/** Goal: a program answers what the executor of graphql answers, or declines. Method: random operations over a small graph, both ways. */
import { assert, asyncProperty, constantFrom, infiniteStream, nat } from 'fast-check';
import { execute, getNamedType, getOperationAST, isCompositeType, isInterfaceType, isObjectType, parse } from 'graphql';
import type { GraphQLNamedType, OperationDefinitionNode } from 'graphql';
import { beforeAll, describe, expect, test } from 'vitest';
import type { LogIndex } from '#server/graph/identifiers.ts';
import { readDeclarations } from '../read-declarations.ts';
import { resolvers } from '../resolvers/all-resolvers.ts';
import { schemaFolder, TestGateway } from '../testing/test-gateway.ts';
import { executableSchema } from './executable-schema.ts';
import { OperationContext } from './operation-context.ts';
import { compileOperation } from './operation-program.ts';
import { Reader } from './reader.ts';

const { typeDefs, declarations } = readDeclarations(schemaFolder);
const schema = executableSchema({ typeDefs, declarations, resolvers });
const gateway = new TestGateway();
const ids: Record<string, string> = {};

beforeAll(async () => {
  ids['ada'] = await gateway.user('ada');
  for (const handle of ['bob', 'cid', 'dan']) {
    const friend = (ids[handle] = await gateway.user(handle));
    await gateway.befriend(ids['ada'], friend);
    for (const day of [1, 2, 3])
      await gateway.like(ids['ada'], await gateway.status(friend, `${handle} "on" day ${day}\n`));
  }
});

/** What each way says; a program says null where it declines. */
async function bothWays(text: string, variableValues: Readonly<Record<string, unknown>> = {}) {
  const document = parse(text);
  const operation = getOperationAST(document) as OperationDefinitionNode;
  const context = (memoryOnly: boolean): OperationContext => {
    const session = gateway.node.openRead({ consistency: 'LOCAL', atLeast: 0 as LogIndex, deadlineMs: 1_000 });
    if (session instanceof Promise) throw new Error('a session of a node in memory is there at once');
    const reader = new Reader(session);
    reader.beginRun({ memoryOnly });
    const { signal } = new AbortController();
    return new OperationContext({ service: gateway.node, declarations, reader, session, requestId: 'r', signal });
  };
  const program = compileOperation(schema, document, operation);
  const fast = program?.run({ rootValue: undefined, context: context(true), variableValues }) ?? null;
  const slow = await execute({ schema, document, contextValue: context(false), variableValues });
  return { fast: fast && JSON.stringify(fast), slow: JSON.stringify(slow.data), errors: slow.errors };
}

const depthMax = 5;

/** A selection set of the type, drawn field by field, with aliases, repeated fields and fragments. */
function selection(type: GraphQLNamedType, depth: number, draw: (max: number) => number): string {
  if (!isObjectType(type) && !isInterfaceType(type)) return '';
  const fields = Object.values(type.getFields()).filter(
    ({ args, type: of }) =>
      args.every(({ name }) => ['first', 'after', 'since', 'until'].includes(name)) &&
      (depth < depthMax || !isCompositeType(getNamedType(of))),
  );
  const chosen = ['__typename'];
  for (let count = 1 + draw(4); count > 0 && fields.length > 0; count--) {
    const field = fields[draw(fields.length)];
    if (field === undefined) continue;
    const first = field.args.some(({ name }) => name === 'first') ? ['', '(first: 2)', '(first: $first)'] : [''];
    const of = getNamedType(field.type);
    const inner = isCompositeType(of) ? ` { ${selection(of, depth + 1, draw)} }` : '';
    const how = first[draw(first.length)] ?? '';
    // One name for one field with one argument, so that what is selected twice is the same.
    const name = how === '' ? field.name : `${field.name}${how.includes('$') ? 'V' : 'L'}: ${field.name}${how}`;
    const text = `${name}${inner}`;
    chosen.push(draw(4) === 0 ? `... on ${type.name} { ${text} }` : text);
  }
  if (isInterfaceType(type))
    for (const possible of schema.getPossibleTypes(type))
      if (draw(2) === 0) chosen.push(`... on ${possible.name} { ${selection(possible, depth + 1, draw)} }`);
  return chosen.join(' ');
}

test('random operations are answered as by the executor of graphql, or left to it', async () => {
  let answered = 0;
  await assert(
    asyncProperty(infiniteStream(nat()), constantFrom('User', 'Node'), async (numbers, type) => {
      const draw = (max: number): number => Number(numbers.next().value) % max;
      const root = schema.getType(type);
      if (root === undefined) throw new Error(`no type ${type}`);
      const field = type === 'User' ? 'user' : 'node';
      const text = `query ($id: ID!, $first: Int) { ${field}(id: $id) { ${selection(root, 0, draw)} } first: __typename }`;
      const { fast, slow, errors } = await bothWays(text, { id: ids['ada'], first: 1 });
      if (errors === undefined) expect([text, fast]).toEqual([text, slow]);
      else expect(fast).toBeNull();
      if (fast !== null) answered += 1;
    }),
    { numRuns: 300 },
  );
  expect(answered).toBeGreaterThan(250);
});

describe('a program', () => {
  test.each([
    ['an error', '{ user(id: "VXNlcjo0MDk2", handle: "ada") { id } }'],
    ['a value that cannot be', 'query ($id: ID! = "nonsense") { user(id: $id) { id } }'],
    ['a condition', 'query ($yes: Boolean = true) { user(handle: "ada") { id @include(if: $yes) } }'],
    ['a mutation', 'mutation { deleteUser(input: { id: "x" }) { commit { index } } }'],
    ['a field that is asked once an operation', '{ mutationStatus(idempotencyKey: "k") { status } }'],
    ['introspection', '{ __schema { queryType { name } } }'],
    ['a name that is none of a member', '{ __proto__: user(handle: "ada") { id } }'],
  ])('leaves %s to the executor', async (_what, text) => {
    expect((await bothWays(text)).fast).toBeNull();
  });

  test('answers null where nothing is, an interface by its type, and variables that are absent by their defaults', async () => {
    for (const text of [
      '{ user(handle: "nobody") { id friends { nodes { id } } } }',
      '{ nodes(ids: ["VXNlcjo0MDk2", "VXNlcjo0MDk3"]) { __typename id ... on User { handle } ... on Status { text } } }',
      'query ($first: Int = 2) { user(handle: "ada") { friends(first: $first) { nodes { handle } } } }',
    ]) {
      const { fast, slow, errors } = await bothWays(text);
      expect(errors).toBeUndefined();
      expect(fast).toBe(slow);
    }
  });

  test('declines what is not in memory', async () => {
    gateway.node.forget();
    const { fast, slow } = await bothWays('{ user(handle: "ada") { name } }');
    expect(fast).toBeNull();
    expect(slow).toBe('{"user":{"name":"ada"}}');
  });
});
