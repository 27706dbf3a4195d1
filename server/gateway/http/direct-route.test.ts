/** Goal: the short way answers as yoga does. Method: the same requests on both ways; yoga gets those whose path is written otherwise. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { serveGateway, type Answer, type ServedGateway } from '../testing/served-gateway.ts';

let gateway: ServedGateway;
beforeAll(async () => {
  gateway = await serveGateway();
});
afterAll(() => gateway.close());

/** An empty query string keeps a request from the short way, and means nothing else. */
const ways = { direct: '/graphql', yoga: '/graphql?' };
const urqlAccepts =
  'application/graphql-response+json, application/graphql+json, application/json, text/event-stream, multipart/mixed';

function send(way: keyof typeof ways, body: string, headers: Record<string, string>): Promise<Answer> {
  const type = { 'content-type': 'application/json' };
  return gateway.fetch(ways[way], { method: 'POST', headers: { ...type, ...headers }, body });
}

/** What may differ between two answers to the same question: when they were given, how long they took. */
function comparable(answer: Answer): unknown {
  const { date: _date, 'content-length': length, ...headers } = answer.headers;
  const text = answer.text.replace(/"errorId":"[^"]*"/, '"errorId":""').replace(/"ms":\{[^}]*\}/, '"ms":{}');
  return {
    status: answer.status,
    headers,
    text,
    isWhole: length === undefined || Number(length) === answer.body.length,
  };
}

const accepts = [
  undefined,
  '*/*',
  'application/json',
  'application/graphql-response+json',
  'application/graphql-response+json, application/json',
  'application/graphql-response+json; charset=utf-8, application/json; charset=utf-8',
  urqlAccepts,
  'text/plain',
];
const bodies: readonly (readonly [what: string, body: string])[] = [
  ['a query', JSON.stringify({ query: '{ __typename }' })],
  [
    'variables and a name',
    JSON.stringify({
      query: 'query A($h: String) { user(handle: $h) { id } } query B { __typename }',
      operationName: 'A',
      variables: { h: 'nobody' },
    }),
  ],
  ['nulls', JSON.stringify({ query: '{ __typename }', operationName: null, variables: null, extensions: null })],
  ['an unknown operation', JSON.stringify({ query: 'query A { __typename }', operationName: 'B' })],
  [
    'a variable that does not fit',
    JSON.stringify({ query: 'query($c: Int!) { randomUsers(count: $c) { id } }', variables: { c: 'x' } }),
  ],
  ['variables in a list', JSON.stringify({ query: '{ __typename }', variables: [] })],
  ['a syntax error', JSON.stringify({ query: '{ a(' })],
  ['an unknown field', JSON.stringify({ query: '{ nobody }' })],
  ['an unknown parameter', JSON.stringify({ query: '{ __typename }', more: 1 })],
  ['no JSON', '{"query'],
  ['a list', '[]'],
  ['an empty body', ''],
  [
    'a mutation that is refused',
    JSON.stringify({
      query: 'mutation { befriend(input: { user: "VXNlcjo5OTk=", friend: "VXNlcjo5OTg=" }) { changed } }',
    }),
  ],
  ['text beyond ASCII', JSON.stringify({ query: '{ user(handle: "žluťoučký 🐴") { id } }' })],
];

test.each(bodies.flatMap(([what, body]) => accepts.map((accept) => ({ what, accept, body }))))(
  'answers $what to who accepts $accept as yoga does',
  async ({ body, accept }) => {
    const headers: Record<string, string> = accept === undefined ? {} : { accept };
    expect(comparable(await send('direct', body, headers))).toEqual(comparable(await send('yoga', body, headers)));
  },
);

test('carries a mutation that has errors out once', async () => {
  const query =
    'mutation { a: createUser(input: { handle: "once", name: "A" }) { user { id } } b: createUser(input: { handle: "once", name: "B" }) { user { id } } }';
  const answer = await send('direct', JSON.stringify({ query }), {});
  expect(answer.json().errors?.map((error) => [error.path, error.extensions['code']])).toEqual([[['b'], 'CONFLICT']]);
  expect((await gateway.post('{ user(handle: "once") { name } }')).json().data).toEqual({ user: { name: 'A' } });
});

test('the index that a client asks for reaches the read, and one that is none is refused', async () => {
  const body = JSON.stringify({ query: '{ user(handle: "once") { name } }' });
  const refused = await send('direct', body, { 'instaface-at-least': 'soon' });
  expect([refused.status, refused.json().errors?.[0]?.extensions['code']]).toEqual([400, 'BAD_INPUT']);
  await send('direct', body, { 'instaface-at-least': '2' });
  expect(gateway.service.opened.at(-1)).toMatchObject({ consistency: 'SESSION', atLeast: 2 });
});

test('a subscription is yoga’s, with the body that was read already', async () => {
  const query = 'subscription { cluster { id } }';
  const answer = await send('direct', JSON.stringify({ query }), { accept: 'application/json' });
  expect([answer.status, answer.headers['content-type']]).toEqual([406, undefined]);
});
