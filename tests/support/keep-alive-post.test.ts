// Goal: a client that measurements and judges rely on neither mixes up answers nor waits for ever. Method: a server of node:http that misbehaves.
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { KeepAlivePost } from './keep-alive-post.ts';

const timeoutMs = 5_000;

async function serve(answer: RequestListener): Promise<{ readonly url: string; readonly posts: KeepAlivePost }> {
  const server = createServer(answer);
  const posts = new KeepAlivePost({ socketsPerHostMax: 4 });
  onTestFinished(() => {
    posts.close();
    server.closeAllConnections();
    server.close();
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`, posts };
}

const echo: RequestListener = (request, response) => {
  const parts: Buffer[] = [];
  request.on('data', (part: Buffer) => parts.push(part));
  request.on('end', () => response.end(Buffer.concat(parts)));
};

test('more requests than connections are each answered with their own answer', async () => {
  const { url, posts } = await serve(echo);
  const texts = Array.from({ length: 100 }, (_, nth) => `Número ${nth} ${'ü'.repeat(nth * 100)}`);
  const answers = await Promise.all(texts.map((text) => posts.send(url, JSON.stringify({ text }), timeoutMs)));
  expect(answers).toEqual(texts.map((text) => ({ text })));
});

test('an answer in pieces, of a length told or not, is put together', async () => {
  const body = JSON.stringify({ text: 'ä'.repeat(40_000) });
  for (const headers of [{ 'content-length': Buffer.byteLength(body) }, { 'transfer-encoding': 'chunked' }]) {
    const { url, posts } = await serve((_, response) => {
      response.writeHead(200, headers);
      const bytes = Buffer.from(body);
      const cuts = [0, 1, 2, 40_001, bytes.length];
      const writeFrom = (nth: number): void => {
        if (nth + 1 === cuts.length) return void response.end();
        response.write(bytes.subarray(cuts[nth], cuts[nth + 1]), () => writeFrom(nth + 1));
      };
      writeFrom(0);
    });
    expect(await posts.send(url, '{}', timeoutMs)).toEqual(JSON.parse(body));
  }
});

test('silence, a connection that breaks and an answer that is no JSON are failures, and the next request is served', async () => {
  const faults = ['silence', 'break', 'text'];
  const { url, posts } = await serve((request, response) => {
    const fault = faults.shift();
    if (fault === 'break') request.socket.destroy();
    else if (fault === 'text') response.end('no JSON');
    else if (fault === undefined) response.end('{"fine":true}');
  });
  await expect(posts.send(url, '{}', 50)).rejects.toThrow('no answer within 50 ms');
  await expect(posts.send(url, '{}', timeoutMs)).rejects.toThrow();
  await expect(posts.send(url, '{}', timeoutMs)).rejects.toThrow('JSON');
  expect(await posts.send(url, '{}', timeoutMs)).toEqual({ fine: true });
});
