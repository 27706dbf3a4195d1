import { Agent, request } from 'node:http';

/**
 * JSON over connections that are kept: for clients that send thousands of requests on the same processors as the nodes they measure, and so
 * must cost as little as they can.
 */
export class KeepAlivePost {
  readonly #agent: Agent;

  constructor({ socketsPerHostMax = 1_024 }: { readonly socketsPerHostMax?: number } = {}) {
    this.#agent = new Agent({ keepAlive: true, maxSockets: socketsPerHostMax });
  }

  /** Rejects when there is no whole answer within the time. */
  send(url: string, body: string, timeoutMs: number): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
      const sent = request(url, { method: 'POST', agent: this.#agent, headers }, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (part: string) => (text += part));
        response.on('error', reject);
        response.on('end', () => {
          clearTimeout(timer);
          try {
            resolve(JSON.parse(text));
          } catch (error) {
            reject(error instanceof Error ? error : new Error(String(error)));
          }
        });
      });
      const timer = setTimeout(() => sent.destroy(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
      sent.on('error', (error) => {
        clearTimeout(timer);
        reject(error);
      });
      sent.end(body);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}
