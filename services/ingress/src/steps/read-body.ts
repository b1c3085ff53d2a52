import type { IncomingMessage } from 'node:http';

import type { ByteShare } from '../limits/byte-budget.ts';
import { Refusal } from '../refusal.ts';
import { createBodyBlock } from './body-block.ts';

export interface BodyLimits {
  readonly limitBytes: number;
  /** For the whole body, so that a client cannot send a byte at a time for ever. */
  readonly timeoutMs: number;
  /** What the body occupies is taken from it as it arrives, and stays taken: the caller releases it. */
  readonly share: ByteShare;
}

/** The client went away before its body was complete: there is nobody to answer. */
export const clientGone: unique symbol = Symbol('client gone');

export type BodyResult = Buffer | Refusal | typeof clientGone;

/**
 * Reads the body once, raw and bounded. Never rejects. When it refuses, it has stopped reading and kept nothing.
 *
 * Bytes are taken from the share as they arrive and not by Content-Length: otherwise 64 silent connections that announce
 * 1 MiB each would hold the whole budget for as long as the timeout lets them.
 */
export function readBody(request: IncomingMessage, limits: BodyLimits): Promise<BodyResult> {
  return new Promise((resolve) => {
    const block = createBodyBlock(limits);

    const finish = (result: BodyResult): void => {
      clearTimeout(timer);
      request.off('data', onData).off('end', onEnd).off('close', onGone).off('error', onGone);
      if (!Buffer.isBuffer(result)) {
        request.pause();
        // Whatever else becomes of this socket is no news any more, and must not be an unhandled error.
        request.on('error', () => undefined);
      }
      resolve(result);
    };
    const onData = (chunk: Buffer): void => {
      const refused = block.append(chunk);
      if (refused !== undefined) finish(refused);
    };
    const onEnd = (): void => finish(block.bytes());
    const onGone = (): void => finish(clientGone);
    const timer = setTimeout(() => finish(tooSlow(limits.timeoutMs)), limits.timeoutMs);
    request.on('data', onData).on('end', onEnd).on('close', onGone).on('error', onGone);
  });
}

function tooSlow(timeoutMs: number): Refusal {
  return new Refusal({ step: 'read', code: 'request_timeout', detail: `the body took longer than ${timeoutMs} ms` });
}
