import { describe, expect, it } from 'vitest';
import { Endpoints } from './endpoints.ts';
import { createNodeFetch } from './node-fetch.ts';
import { Observable } from './observable.ts';

const nodes = ['n1', 'n2', 'n3'].map((id, place) => ({ id, publicUrl: `http://10.0.0.1:${4000 + place}` }));

function network(down: readonly string[]) {
  const asked: string[] = [];
  const reported: string[] = [];
  const headers: (string | null)[] = [];
  const send = createNodeFetch({
    connection: {
      origin: 'http://10.0.0.1:4000',
      endpoints: new Observable(Endpoints.from('http://10.0.0.1:4000').learn(nodes)),
      reportUnreachable: (origin) => reported.push(origin),
    },
    fetch: (url, init) => {
      asked.push(url);
      headers.push(new Headers(init?.headers).get('instaface-at-least'));
      if (down.some((origin) => url.startsWith(origin))) return Promise.reject(new TypeError('fetch failed'));
      return Promise.resolve(new Response('{}'));
    },
    atLeast: () => '12',
  });
  return { send, asked, reported, headers };
}

describe('a request', () => {
  it('goes to the connected node, with the commit it must include', async () => {
    const { send, asked, headers } = network([]);
    await send('http://elsewhere/graphql');
    expect(asked).toEqual(['http://10.0.0.1:4000/graphql']);
    expect(headers).toEqual(['12']);
  });

  it('is sent to the next node when its node does not answer', async () => {
    const { send, asked, reported } = network(['http://10.0.0.1:4000']);
    await send('http://elsewhere/graphql');
    expect(asked).toEqual(['http://10.0.0.1:4000/graphql', 'http://10.0.0.1:4001/graphql']);
    expect(reported).toEqual(['http://10.0.0.1:4000']);
  });

  it('asks each node once and then gives up', async () => {
    const { send, asked } = network(['http://10.0.0.1']);
    await expect(send('http://elsewhere/graphql')).rejects.toThrow('fetch failed');
    expect(asked).toHaveLength(3);
  });
});
