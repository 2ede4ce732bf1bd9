import { SequenceWatch } from '@peekaboo/headless-viewer/sequence';
import { expect, test } from 'vitest';

const ours = 7;

function lostOf(...packets: [sequence: number, source?: number][]): number {
  const watch = new SequenceWatch();
  for (const [sequence, source = ours] of packets) {
    const packet = Buffer.alloc(12);
    packet.writeUInt16BE(sequence, 2);
    packet.writeUInt32BE(source, 8);
    watch.received(packet);
  }
  return watch.lost;
}

test.for([
  ['none of a whole stream, wherever it begins', 0, [[9], [10], [11]]],
  ['those that are left out', 3, [[9], [11], [14]]],
  ['none that comes late', 0, [[9], [11], [10], [12]]],
  ['none for one from before the first', 0, [[9], [8], [10]]],
  ['those that are left out after one from before the first', 1, [[0], [65_534], [2]]],
  ['none as the numbers begin anew', 0, [[65_534], [65_535], [0], [1]]],
  ['those that are left out as the numbers begin anew', 2, [[65_534], [1]]],
  ['none for a packet that comes twice in a row', 0, [[9], [9], [10]]],
  ['none for packets of another source, such as retransmissions', 0, [[9], [5_000, 8], [10]]],
] satisfies [string, number, [number, number?][]][])('a stream has lost %s', ([, lost, packets]) => {
  expect(lostOf(...packets)).toBe(lost);
});
