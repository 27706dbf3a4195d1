import { describe, expect, it } from 'vitest';
import { Endpoints } from './endpoints.ts';
import { createNodeFetch } from './node-fetch.ts';
import { Observable } from './observable.ts';

const nodes = ['n1', 'n2', 'n3'].map((id, place) => ({ id, publicUrl: `http://10.0.0.1:${4000 + place}` }));

const open = { token: null, takes: null };

function network(down: readonly string[], options: { token: string | null; takes: string | null } = open) {
  const asked: string[] = [];
  const reported: string[] = [];
  const headers: (string | null)[] = [];
  const refused = { times: 0 };
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
      const isTaken = new Headers(init?.headers).get('authorization') === options.takes;
      return Promise.resolve(new Response('{}', { status: isTaken ? 200 : 401 }));
    },
    token: () => options.token,
    onRefused: () => refused.times++,
    atLeast: () => '12',
  });
  return { send, asked, reported, headers, refused };
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

  it('carries the token, and tells when it is refused', async () => {
    const taken = network([], { token: 'mine', takes: 'Bearer mine' });
    expect((await taken.send('http://elsewhere/graphql')).status).toBe(200);
    expect(taken.refused.times).toBe(0);
    const refused = network([], { token: 'mine', takes: 'Bearer another' });
    expect((await refused.send('http://elsewhere/graphql')).status).toBe(401);
    expect(refused.refused.times).toBe(1);
    expect(refused.asked).toHaveLength(1);
  });
});
