import type { IncomingMessage } from 'node:http';

import type { ByteBudget } from '../limits/byte-budget.ts';
import { Refusal } from '../refusal.ts';
import { tooLarge } from './check-request.ts';

export interface BodyLimits {
  readonly limitBytes: number;
  /** For the whole body, so that a client cannot send a byte at a time for ever. */
  readonly timeoutMs: number;
  /** Bytes are taken from it as they arrive and stay taken: the caller gives back `body.length`. */
  readonly budget: ByteBudget;
}

/** The client went away before its body was complete: there is nobody to answer. */
export const clientGone: unique symbol = Symbol('client gone');

export type BodyResult = Buffer | Refusal | typeof clientGone;

/**
 * Reads the body once, raw and bounded. Never rejects. When it refuses, it has stopped reading, kept nothing and
 * reserved nothing.
 *
 * Bytes are reserved as they arrive and not by Content-Length: otherwise 64 silent connections that announce 1 MiB
 * each would hold the whole budget for as long as the timeout lets them.
 */
export function readBody(request: IncomingMessage, limits: BodyLimits): Promise<BodyResult> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let bytes = 0;

    const finish = (result: BodyResult): void => {
      clearTimeout(timer);
      request.off('data', onData).off('end', onEnd).off('close', onGone).off('error', onGone);
      if (!Buffer.isBuffer(result)) {
        limits.budget.release(bytes);
        request.pause();
        // Whatever else becomes of this socket is no news any more, and must not be an unhandled error.
        request.on('error', () => undefined);
      }
      resolve(result);
    };
    const onData = (chunk: Buffer): void => {
      if (bytes + chunk.length > limits.limitBytes) {
        finish(tooLarge(limits.limitBytes));
      } else if (limits.budget.reserve(chunk.length)) {
        bytes += chunk.length;
        chunks.push(chunk);
      } else {
        finish(overloaded());
      }
    };
    const onEnd = (): void => {
      const [only] = chunks;
      finish(chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks, bytes));
    };
    const onGone = (): void => finish(clientGone);
    const timer = setTimeout(() => finish(tooSlow(limits.timeoutMs)), limits.timeoutMs);
    request.on('data', onData).on('end', onEnd).on('close', onGone).on('error', onGone);
  });
}

/** Above the budget for bodies in flight. */
export function overloaded(): Refusal {
  return new Refusal({
    step: 'overload',
    code: 'overloaded',
    detail: 'the budget for request bodies in flight is used up',
  });
}

function tooSlow(timeoutMs: number): Refusal {
  return new Refusal({ step: 'read', code: 'request_timeout', detail: `the body took longer than ${timeoutMs} ms` });
}
