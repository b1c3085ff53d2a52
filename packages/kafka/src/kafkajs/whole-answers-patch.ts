import { createRequire } from 'node:module';

import { prototypeOf } from './clock-patch.ts';
import type { PatchOutcome } from './timer-patch.ts';

/** Cuts what its socket emits into answers. */
export const networkConnectionFile = 'kafkajs/src/network/connection.js';

const marker = Symbol.for('trunkline.kafkajs.wholeAnswersPatch');

/** What the patch touches of kafkajs's connection. */
interface Connection {
  /** There while it logs in: SASL answers have no correlation id. */
  readonly authHandlers: { onSuccess(answer: Buffer): void } | null;
  readonly requestQueue: {
    fulfillRequest(answer: { readonly size: number; readonly correlationId: number; readonly payload: Buffer }): void;
  };
}

const lengthBytes = 4;
const headBytes = lengthBytes + 4;

/**
 * Our sockets emit whole answers (answer-bytes.ts). kafkajs 2.2.4 would copy each of them once more, behind the nothing
 * that is left of the one before it.
 */
export function installWholeAnswersPatch(): PatchOutcome {
  const prototype = prototypeOf(createRequire(import.meta.url)(networkConnectionFile));
  if (prototype === undefined || !('processData' in prototype)) return 'other_version';
  if (marker in prototype) return 'already_installed';
  Object.defineProperty(prototype, 'processData', { configurable: true, writable: true, value: takeAnswer });
  Object.defineProperty(prototype, marker, { value: true });
  return 'installed';
}

function takeAnswer(this: Connection, answer: Buffer): void {
  if (this.authHandlers !== null) {
    this.authHandlers.onSuccess(answer);
    return;
  }
  this.requestQueue.fulfillRequest({
    size: answer.length - lengthBytes,
    correlationId: answer.readInt32BE(lengthBytes),
    payload: answer.subarray(headBytes),
  });
}
