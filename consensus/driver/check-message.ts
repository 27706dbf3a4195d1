import { isAddresses } from '../core/configuration.ts';
import { entryKinds } from '../core/types.ts';
import type { Message, MessageKind, NodeId } from '../core/types.ts';

type Check = (value: unknown) => boolean;

const isCount: Check = (value) => Number.isSafeInteger(value) && Number(value) >= 0;
const isFlag: Check = (value) => typeof value === 'boolean';
const isName: Check = (value) => typeof value === 'string' && value !== '';
const isNames: Check = (value) => Array.isArray(value) && value.every(isName);
const isEntry = shape({
  index: isCount,
  term: isCount,
  kind: (value) => entryKinds.some((kind) => kind === value),
  data: (value) => value instanceof Uint8Array,
});
const isPlace = shape({ index: isCount, term: isCount });
const isEntries: Check = (value) => Array.isArray(value) && value.every(isEntry);
const isMark = shape({
  index: isCount,
  term: isCount,
  configuration: shape({
    voters: isNames,
    learners: isNames,
    addresses: (value) => value === undefined || isAddresses(value),
  }),
});

const voteRequest = shape({ lastIndex: isCount, lastTerm: isCount, transfer: isFlag });
const voteResponse = shape({ granted: isFlag });

/** What each kind of message carries beside its envelope. A field that is not named here is let through unread. */
const bodies: Readonly<Record<MessageKind, Check>> = {
  'pre-vote-request': voteRequest,
  'vote-request': voteRequest,
  'pre-vote-response': voteResponse,
  'vote-response': voteResponse,
  'append-request': shape({ previousIndex: isCount, previousTerm: isCount, entries: isEntries, commit: isCount }),
  'append-response': shape({
    success: isFlag,
    index: isCount,
    hintIndex: isCount,
    hintTerm: isCount,
    lost: (value) => value === undefined || isPlace(value),
  }),
  'heartbeat-request': shape({ commit: isCount, readNumber: isCount }),
  'heartbeat-response': shape({
    readNumber: isCount,
    lastIndex: isCount,
    lost: (value) => value === undefined || value === true,
  }),
  'snapshot-request': shape({ mark: isMark }),
  'snapshot-response': shape({ index: isCount }),
  'read-index-request': shape({ request: isCount }),
  'read-index-response': shape({ request: isCount, index: (value) => value === null || isCount(value) }),
  'timeout-now': shape({}),
  reminder: shape({ index: isCount, entryTerm: isCount }),
};
const envelope = shape({
  from: isName,
  to: isName,
  term: isCount,
  kind: (kind) => typeof kind === 'string' && Object.hasOwn(bodies, kind),
});

/**
 * The border where a payload from a link becomes a message. Null for anything that this version does not know or that does
 * not come from the node at the other end of the link: it is dropped, as a network would.
 */
export function checkMessage(payload: unknown, link: { readonly from: NodeId; readonly to: NodeId }): Message | null {
  if (!envelope(payload)) return null;
  const message = payload as Message;
  if (message.from !== link.from || message.to !== link.to) return null;
  return bodies[message.kind](message) ? message : null;
}

function shape(fields: Readonly<Record<string, Check>>): Check {
  const checks = Object.entries(fields);
  return (value) =>
    typeof value === 'object' &&
    value !== null &&
    checks.every(([name, check]) => check((value as Record<string, unknown>)[name]));
}
