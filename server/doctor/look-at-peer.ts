import type { NodeId } from '#consensus/core/types.ts';
import { Connection, type CloseReason } from '#consensus/transport/connection.ts';
import { FlushQueue } from '#consensus/transport/frame-writer.ts';
import { defaultLinkLimits } from '#consensus/transport/link-limits.ts';
import { dial } from '#consensus/transport/sockets.ts';
import { writeAddress } from '#server/config/address.ts';
import type { Config, PeerAddress } from '#server/config/config.ts';
import { fine, problem, warning, type Finding } from './finding.ts';

const patienceMs = 3_000;

/**
 * Whether the node that listens there takes this cluster secret. Under a name of its own, so that no link between two nodes is replaced,
 * and as one that is of no cluster yet, so that it may do nothing but be known. Waits three seconds at most.
 */
export async function lookAtPeer(id: string, address: PeerAddress, config: Config): Promise<Finding> {
  const subject = `${id} at ${writeAddress(address)}`;
  const reason = await shakeHands(id as NodeId, address, config);
  if (reason === null) return fine('PEER', subject, 'takes the cluster secret of this node');
  const { code, message } = reason;
  const advice = adviceOn[code];
  if (advice !== undefined) return problem('PEER', subject, { message: `${code}: ${message}`, advice });
  return warning('PEER', subject, {
    message: `${code}: ${message}`,
    advice: 'no node answers there: start it, or mend its address (--peers) or the network between',
  });
}

const adviceOn: Readonly<Record<string, string>> = {
  WRONG_SECRET:
    'INSTAFACE_CLUSTER_SECRET (or …_FILE) has to be the same text on every node, without a space or line more',
  WRONG_TARGET: 'another node listens under this address: mend --peers, or its --peer-address',
  MALFORMED: 'what listens there is no node of this version, or one with TLS where this one has none: mend --peers',
};

/** Null: both sides have proven themselves. */
function shakeHands(
  to: NodeId,
  address: PeerAddress,
  { nodeId, peerTls, clusterSecret }: Config,
): Promise<CloseReason | null> {
  return new Promise((resolve) => {
    // Always the same: a peer remembers the schema of everyone who ever proved itself, by name.
    const name = `doctor-${nodeId}`.slice(0, 64) as NodeId;
    const self = { self: name, clusterId: null, schemaDigest: '', secret: clusterSecret };
    const socket = dial(address, peerTls, () => connection.begin());
    const timer = setTimeout(
      () => connection.close({ code: 'HANDSHAKE_TIMEOUT', message: `no answer within ${patienceMs} ms` }),
      patienceMs,
    );
    let isOpen = false;
    const connection = new Connection(socket, to, {
      self,
      limits: defaultLinkLimits,
      queue: new FlushQueue(),
      events: {
        onOpen: () => {
          isOpen = true;
          connection.close({ code: 'DONE', message: 'the doctor has seen enough' });
        },
        onFrame: () => {},
        onClosed: (_connection, reason) => {
          clearTimeout(timer);
          resolve(isOpen ? null : reason);
        },
      },
    });
  });
}
