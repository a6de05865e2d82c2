import { randomFillSync } from 'node:crypto';
import { v7 } from 'uuid';

const ID_RANDOM_BYTES = 16;
const pool = Buffer.alloc(ID_RANDOM_BYTES * 1024);
let used = pool.length;

/**
 * A time-ordered UUID (RFC 9562, version 7). Ids are made by the client, never by the database.
 * Randomness is drawn in blocks: a system call for each id costs more than the id is worth.
 */
export function newId(): string {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const random = pool.subarray(used, used + ID_RANDOM_BYTES);
  used += ID_RANDOM_BYTES;
  return v7({ random });
}
