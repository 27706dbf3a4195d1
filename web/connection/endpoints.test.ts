import { describe, expect, it } from 'vitest';
import { Endpoints, originOf } from './endpoints.ts';

const three = [
  { id: 'n1', publicUrl: 'http://127.0.0.1:4000' },
  { id: 'n2', publicUrl: 'http://127.0.0.1:4001/' },
  { id: 'n3', publicUrl: 'http://127.0.0.1:4002' },
];

describe('endpoints', () => {
  it('start with the page itself and take the names of the cluster', () => {
    const endpoints = Endpoints.from('http://127.0.0.1:4001').learn(three);
    expect(endpoints.all.map((endpoint) => endpoint.nodeId)).toEqual(['n1', 'n2', 'n3']);
    expect(endpoints.byNode('n2')?.origin).toBe('http://127.0.0.1:4001');
  });

  it('keep the origin that works when the node announces another', () => {
    const endpoints = Endpoints.from('https://proxy.example').identify('https://proxy.example', 'n1').learn(three);
    expect(endpoints.byNode('n1')?.origin).toBe('https://proxy.example');
    expect(endpoints.all).toHaveLength(3);
  });

  it('go round all nodes before one comes twice', () => {
    const endpoints = Endpoints.from('http://127.0.0.1:4000').learn(three);
    const seen = new Set<string>();
    let origin = 'http://127.0.0.1:4000';
    for (let turn = 0; turn < 3; turn++) {
      origin = endpoints.after(origin).origin;
      seen.add(origin);
    }
    expect(seen.size).toBe(3);
    expect(origin).toBe('http://127.0.0.1:4000');
  });

  it('give the same value when nothing was learnt', () => {
    const endpoints = Endpoints.from('http://127.0.0.1:4000').learn(three);
    expect(endpoints.learn(three)).toBe(endpoints);
  });

  it('forget a node that left the cluster', () => {
    const endpoints = Endpoints.from('http://127.0.0.1:4000').learn(three).learn(three.slice(0, 2));
    expect(endpoints.byNode('n3')).toBeNull();
  });

  it('stay with the name by which the page knows this machine', () => {
    expect(originOf('http://127.0.0.1:4001', 'http://localhost:4000')).toBe('http://localhost:4001');
    expect(originOf('http://10.0.0.7:4001', 'http://localhost:4000')).toBe('http://10.0.0.7:4001');
  });

  it('refuse an address that is not http', () => {
    expect(originOf('ftp://10.0.0.7', undefined)).toBeNull();
    expect(originOf('not an address', undefined)).toBeNull();
  });
});
