import { randomFillSync } from 'node:crypto';
import { v7 } from 'uuid';

// Asking for random bytes costs more than the rest of an id, so they are fetched for many ids at once.
const SIZE = 16;
const random = new Uint8Array(256 * SIZE);
let used = random.length;

let lastMs = 0;
let sequence = 0;

/**
 * A new UUIDv7. Ids that this process makes sort in the order in which they were made, also within a millisecond: they
 * count up from a random number.
 */
export function newId(): string {
  if (used === random.length) {
    randomFillSync(random);
    used = 0;
  }
  const bytes = random.subarray(used, (used += SIZE));
  const now = Date.now();
  if (now > lastMs) {
    lastMs = now;
    // 31 of its 32 bits, so that there is room to count up.
    sequence = new DataView(bytes.buffer, bytes.byteOffset).getUint32(6) >>> 1;
  } else {
    sequence += 1;
  }
  return v7({ random: bytes, msecs: lastMs, seq: sequence });
}
