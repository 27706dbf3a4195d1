// A process with nothing but links, for tests that kill it. Arguments: its own port, and that of n1.
import type { NodeId } from '#consensus/core/types.ts';
import { openLinks } from '#consensus/transport/tcp-links.ts';

const [port, peerPort] = process.argv.slice(2).map(Number);
if (port === undefined || peerPort === undefined) throw new Error('two ports are needed');
await openLinks({
  self: 'n2' as NodeId,
  clusterId: () => 'c',
  schemaDigest: '',
  secret: '',
  listen: { host: '127.0.0.1', port },
  peers: new Map([['n1' as NodeId, { host: '127.0.0.1', port: peerPort }]]),
  log: { info: () => {}, warn: () => {} },
});
// The parent may go first.
process.on('disconnect', () => process.exit(0));
