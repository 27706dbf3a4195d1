import type { NodeId } from '../core/types.ts';
import type { FrameHead } from './frame.ts';
import { LinkError } from './link-error.ts';
import type { Channel, Payload } from './links.ts';

type RequestHandler = (from: NodeId, payload: Payload) => Promise<Payload>;
/** Sends an answer on the link to the asking node; what cannot be sent is lost, and the asker's timeout tells. */
type SendAnswer = (to: NodeId, head: FrameHead, payload: Payload) => string;

interface ServedRequest {
  readonly from: NodeId;
  readonly channel: Channel;
  readonly correlation: number;
  readonly payload: Payload;
}

/** How a failure travels. `details` is what the thrown error had in a field of that name. */
interface FailurePayload {
  readonly code: string;
  readonly message: string;
  readonly details: unknown;
}

/** The requests of other nodes that handlers of this node are working on. */
export class ServedRequests {
  readonly #countMax: number;
  readonly #sendAnswer: SendAnswer;
  readonly #handlers = new Map<Channel, RequestHandler>();
  #count = 0;

  constructor(countMax: number, sendAnswer: SendAnswer) {
    this.#countMax = countMax;
    this.#sendAnswer = sendAnswer;
  }

  setHandler(channel: Channel, handler: RequestHandler): void {
    this.#handlers.set(channel, handler);
  }

  serve(request: ServedRequest): void {
    const handler = this.#handlers.get(request.channel);
    if (handler === undefined) {
      this.#fail(request, { code: 'NO_HANDLER', message: `nothing here answers on ${request.channel}` });
      return;
    }
    if (this.#count >= this.#countMax) {
      this.#fail(request, { code: 'OVERLOADED', message: `${this.#count} requests of other nodes are being served` });
      return;
    }
    this.#count += 1;
    started(handler, request).then(
      (answer) => this.#answer(request, answer),
      (error: unknown) => {
        this.#count -= 1;
        // A failed assertion stops the node, here as anywhere: an answer would hide it.
        if (error instanceof Error && error.name === 'AssertionFailed') throw error;
        this.#fail(request, error);
      },
    );
  }

  #answer(request: ServedRequest, answer: Payload): void {
    this.#count -= 1;
    const head = { kind: 'response', channel: request.channel, correlation: request.correlation } as const;
    const outcome = this.#sendAnswer(request.from, head, answer);
    if (outcome !== 'too-large') return;
    this.#fail(request, { code: 'TOO_LARGE', message: 'the answer is larger than a frame may be' });
  }

  #fail(request: ServedRequest, error: unknown): void {
    const head = { kind: 'failure', channel: request.channel, correlation: request.correlation } as const;
    this.#sendAnswer(request.from, head, failurePayload(error));
  }
}

/** A handler that throws before it returns a promise has failed like any other. */
function started(handler: RequestHandler, request: ServedRequest): Promise<Payload> {
  try {
    return handler(request.from, request.payload);
  } catch (error) {
    return Promise.reject(error);
  }
}

function failurePayload(error: unknown): FailurePayload {
  if (typeof error !== 'object' || error === null) return { code: 'INTERNAL', message: String(error), details: null };
  const { code, message, details } = error as { code?: unknown; message?: unknown; details?: unknown };
  return {
    code: typeof code === 'string' ? code : 'INTERNAL',
    message: typeof message === 'string' ? message : 'the handler failed without a message',
    details: details ?? null,
  };
}

/** What the other side's handler failed with, as an error of this side. */
export function readFailure(from: NodeId, payload: Payload): LinkError {
  const { code, message, details } = failurePayload(payload);
  return new LinkError({ kind: 'answered', code, message: `${from} answered: ${message}`, details });
}
