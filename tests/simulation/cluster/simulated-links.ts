import type { NodeId } from '#consensus/core/types.ts';
import { LinkError, requestFailed } from '#consensus/transport/link-error.ts';
import type { Channel, Links, LinkState, Payload } from '#consensus/transport/links.ts';

/** What one node's links need of the world. */
export interface LinksWorld {
  /** Carries a frame; `deliver` runs at the other side unless it is lost on the way or its process is another one by then. */
  carry(frame: { readonly from: NodeId; readonly to: NodeId; readonly channel: Channel }, deliver: () => void): void;
  /** The links of the process that runs at that node now. */
  of(id: NodeId): SimulatedLinks | null;
  /** In this process. */
  after(delayMs: number, run: () => void): void;
  readonly peers: readonly NodeId[];
  /** An answer leaves the node that was asked, and later: it arrives. */
  onAnswer(answer: {
    readonly from: NodeId;
    readonly channel: Channel;
    readonly request: Payload;
    readonly payload: Payload;
  }): void;
}

type MessageHandler = (from: NodeId, payload: Payload) => void;
type RequestHandler = (from: NodeId, payload: Payload) => Promise<Payload>;

/** The links of one process. Frames of one direction and channel keep their order, as on a connection; any may be lost with it. */
export class SimulatedLinks implements Links {
  readonly self: NodeId;
  readonly #world: LinksWorld;
  readonly #onMessage = new Map<Channel, MessageHandler>();
  readonly #onRequest = new Map<Channel, RequestHandler>();
  readonly #onClosed: ((peer: NodeId) => void)[] = [];
  readonly #cut = new Set<NodeId>();
  #isPlugged = true;

  constructor(self: NodeId, world: LinksWorld) {
    this.self = self;
    this.#world = world;
  }

  send(to: NodeId, channel: Channel, payload: Payload): boolean {
    if (!this.#mayPass(to, channel)) return false;
    this.#world.carry({ from: this.self, to, channel }, () => this.#world.of(to)?.take(this.self, channel, payload));
    return true;
  }

  request(to: NodeId, channel: Channel, payload: Payload, options: { readonly timeoutMs: number }): Promise<Payload> {
    if (!this.#mayPass(to, channel)) return Promise.reject(requestFailed('unsent', to, 'the link is cut'));
    return new Promise((resolve, reject) => {
      this.#world.after(options.timeoutMs, () => reject(requestFailed('timeout', to, 'no answer in time')));
      this.#world.carry({ from: this.self, to, channel }, () => {
        const other = this.#world.of(to);
        if (other === null) return;
        other.answer(this.self, channel, payload).then(
          (answer) => {
            const told = { from: to, channel, request: payload, payload: answer };
            this.#world.onAnswer(told);
            other.#reply(this.self, channel, () => {
              // A process that has ended hears nothing, though another one runs in its place.
              if (this.#world.of(this.self) !== this) return;
              this.#world.onAnswer(told);
              resolve(answer);
            });
          },
          (error: unknown) => other.#reply(this.self, channel, () => reject(answeredWith(error))),
        );
      });
    });
  }

  /** A message has arrived. */
  take(from: NodeId, channel: Channel, payload: Payload): void {
    if (this.#mayPass(from, channel, 'in')) this.#onMessage.get(channel)?.(from, payload);
  }

  async answer(from: NodeId, channel: Channel, payload: Payload): Promise<Payload> {
    const handler = this.#onRequest.get(channel);
    if (handler === undefined || !this.#mayPass(from, channel, 'in')) return new Promise(() => undefined);
    return handler(from, payload);
  }

  #reply(to: NodeId, channel: Channel, deliver: () => void): void {
    if (this.#mayPass(to, channel)) this.#world.carry({ from: this.self, to, channel }, deliver);
  }

  /** The other process has ended, and this one hears of it. */
  closed(peer: NodeId): void {
    for (const handler of this.#onClosed) handler(peer);
  }

  onMessage(channel: Channel, handler: MessageHandler): void {
    this.#onMessage.set(channel, handler);
  }

  onRequest(channel: Channel, handler: RequestHandler): void {
    this.#onRequest.set(channel, handler);
  }

  onClosed(handler: (peer: NodeId) => void): void {
    this.#onClosed.push(handler);
  }

  /** Where a node is, the world knows. */
  setPeer(): void {}

  setCut(to: NodeId, cut: boolean): void {
    if (cut) this.#cut.add(to);
    else this.#cut.delete(to);
  }

  setPlugged(plugged: boolean): void {
    this.#isPlugged = plugged;
  }

  isPlugged(): boolean {
    return this.#isPlugged;
  }

  states(): readonly LinkState[] {
    const others = this.#world.peers.filter((id) => id !== this.self);
    return others.map((to) => ({ to, open: this.#world.of(to) !== null, cut: this.#cut.has(to), roundTripMs: null }));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #mayPass(peer: NodeId, channel: Channel, direction: 'in' | 'out' = 'out'): boolean {
    return channel === 'monitor' || (this.#isPlugged && (direction === 'in' || !this.#cut.has(peer)));
  }
}

/** As it comes over a wire: code, message and details of whatever the other side threw. */
function answeredWith(error: unknown): LinkError {
  const { code, message, details } = error as {
    readonly code?: string;
    readonly message?: string;
    readonly details?: unknown;
  };
  return new LinkError({ kind: 'answered', code: code ?? 'INTERNAL', message: message ?? String(error), details });
}
