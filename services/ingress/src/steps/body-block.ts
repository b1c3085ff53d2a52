import type { ByteShare } from '../limits/byte-budget.ts';
import { Refusal } from '../refusal.ts';
import { tooLarge } from './check-request.ts';

/** The bytes of a body so far. */
export interface BodyBlock {
  /** Copies the chunk; refuses what is above the limit of the body, or of what the process may hold. */
  append(chunk: Buffer): Refusal | undefined;
  bytes(): Buffer;
}

export interface BodyBlockLimits {
  readonly limitBytes: number;
  /** What the block occupies is taken from it, which is more than the bytes in it. */
  readonly share: ByteShare;
}

/** The first block that chunks are copied into; doubling from one byte would copy a small body ten times. */
const leastBlockBytes = 4 * 1024;

/**
 * One block that doubles. Kept as Node hands it over, a chunk costs 480 bytes however short it is, and a sender may
 * send one byte at a time: 1 MB on the wire would be 80 MB here. Copied, a byte costs at most two.
 * A body that comes in one chunk, as nearly all do, is that chunk and is copied nowhere.
 */
export function createBodyBlock({ limitBytes, share }: BodyBlockLimits): BodyBlock {
  let block: Buffer = Buffer.alloc(0);
  let length = 0;

  const grown = (needed: number): Refusal | undefined => {
    const size = Math.min(limitBytes, Math.max(leastBlockBytes, block.length * 2, needed));
    if (!share.take(size - block.length)) return overloaded();
    // Not of Node's pool, of which a slice would hold 8 KiB for as long as the body is held.
    const larger = Buffer.allocUnsafeSlow(size);
    larger.set(block.subarray(0, length));
    block = larger;
    return undefined;
  };

  return {
    append: (chunk) => {
      const needed = length + chunk.length;
      if (needed > limitBytes) return tooLarge(limitBytes);
      if (length === 0) {
        if (!share.take(chunk.length)) return overloaded();
        block = chunk;
      } else {
        const refused = needed > block.length ? grown(needed) : undefined;
        if (refused !== undefined) return refused;
        block.set(chunk, length);
      }
      length = needed;
      return undefined;
    },
    bytes: () => block.subarray(0, length),
  };
}

/** Above the budget for what requests hold. */
export function overloaded(): Refusal {
  return new Refusal({
    step: 'overload',
    code: 'overloaded',
    detail: 'the budget for what requests hold is used up',
  });
}
