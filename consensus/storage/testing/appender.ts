/** A process to be killed: `appender.ts FOLDER SEGMENT-BYTES FAULTS` appends to the log without end and prints each index once it is durable. */
import { openFileLog } from '../file-log.ts';
import { NodeDisk } from '../node-disk.ts';
import { withDiskFaults } from '../unsafe-disk.ts';
import { entry, write } from './writes.ts';

const [, , folder = '', segmentBytes, faults] = process.argv;
const inFlight = 8;
const { storage } = openFileLog({
  disk: withDiskFaults(new NodeDisk(folder), faults),
  segmentBytesMax: Number(segmentBytes),
  onFailure: (error) => {
    throw error;
  },
});
let next = 1;

for (let started = 0; started < inFlight; started++) append();

function append(): void {
  const index = next++;
  storage.persist(write(index, { entries: [entry(index)] }), () => {
    process.stdout.write(`${index}\n`);
    append();
  });
}
