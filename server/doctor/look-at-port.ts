import { createServer } from 'node:net';
import { isWildcard, writeAddress } from '#server/config/address.ts';
import type { PeerAddress } from '#server/config/config.ts';
import { fine, problem, type Finding } from './finding.ts';

const patienceMs = 2_000;

/** Whether this process could listen there; where this very node listens already, all is well. Leaves nothing open. */
export async function lookAtPort(
  address: PeerAddress,
  of: { readonly name: string; readonly flag: string; readonly nodeRuns: boolean },
): Promise<Finding> {
  const subject = `${of.name} ${writeAddress(address)}`;
  const code = await listenBriefly(address);
  if (code === null) return fine('PORT', subject, 'free');
  if (code === 'EADDRINUSE' && of.nodeRuns) return fine('PORT', subject, 'taken, and this node answers: it is running');
  if (code === 'EADDRINUSE')
    return problem('PORT', subject, {
      message: 'another process listens there',
      advice: `end it (\`ss -ltnp 'sport = :${address.port}'\` names it), or give another ${of.flag}`,
    });
  if (code === 'EACCES')
    return problem('PORT', subject, {
      message: 'this user may not listen on that port',
      advice: `give a ${of.flag} from 1024 up, or the right to listen on low ports`,
    });
  return problem('PORT', subject, {
    message: `nothing can listen there (${code})`,
    advice: `the address has to be one of this machine: 127.0.0.1, one that \`ip address\` shows, or 0.0.0.0`,
  });
}

/** Whether a node of that name answers on the client port: this node runs. */
export async function answersAs(nodeId: string, { host, port }: PeerAddress): Promise<boolean> {
  const loopback = host === '::' ? '::1' : '127.0.0.1';
  const dialled = isWildcard(host) ? loopback : host;
  try {
    const url = `http://${writeAddress({ host: dialled, port })}/health/live`;
    const response = await fetch(url, { signal: AbortSignal.timeout(patienceMs) });
    const body: unknown = await response.json();
    return typeof body === 'object' && body !== null && 'node' in body && body.node === nodeId;
  } catch {
    // Nobody is there, or nobody of ours.
    return false;
  }
}

/** The system's code of the failure; null where it went well. */
function listenBriefly({ host, port }: PeerAddress): Promise<string | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ host, port }, () => server.close(() => resolve(null)));
  });
}
