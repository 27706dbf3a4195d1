import { connect, createServer, type Server, type Socket } from 'node:net';

/**
 * Passes a MySQL connection on, until it is told to freeze at a COMMIT: from then on that connection's answers do not come back, while
 * the server gets what was sent. Further connections are passed on as they are.
 */
export class FrozenCommitProxy {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #freeze: 'never' | 'commit-arrives' | 'commit-is-lost' = 'never';
  frozen = 0;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(target: URL): Promise<FrozenCommitProxy> {
    const server = createServer();
    const proxy = new FrozenCommitProxy(server);
    server.on('connection', (client) => proxy.#pass(client, target));
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    return proxy;
  }

  get port(): number {
    const address = this.#server.address();
    if (typeof address !== 'object' || address === null) throw new Error('the proxy listens');
    return address.port;
  }

  /** Of the next COMMIT the server hears (`arrives`) or not (`is-lost`); the client hears nothing either way. */
  freezeNext(how: 'commit-arrives' | 'commit-is-lost'): void {
    this.#freeze = how;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #pass(client: Socket, target: URL): void {
    const upstream = connect(Number(target.port), target.hostname);
    let frozen = false;
    for (const socket of [client, upstream]) {
      this.#sockets.add(socket);
      socket.on('error', () => {});
    }
    client.on('data', (data) => {
      const how = this.#freeze;
      // A COM_QUERY packet: three bytes of length, a number, 0x03, the text.
      if (how !== 'never' && data.subarray(4).toString('latin1') === '\u0003commit') {
        this.#freeze = 'never';
        frozen = true;
        this.frozen += 1;
        if (how === 'commit-is-lost') return;
      }
      upstream.write(data);
    });
    upstream.on('data', (data) => void (frozen || client.write(data)));
    upstream.on('close', () => void (frozen || client.destroy()));
    // A frozen client that goes leaves its session behind at the server, as a machine that lost its power does.
    client.on('close', () => void (frozen || upstream.destroy()));
  }
}
