import { createRequire } from 'node:module';

import { prototypeOf } from './clock-patch.ts';
import type { PatchOutcome } from './timer-patch.ts';

/** Cuts what its socket emits into answers. */
export const networkConnectionFile = 'kafkajs/src/network/connection.js';

const marker = Symbol.for('trunkline.kafkajs.wholeAnswersPatch');

/** What the patch touches of kafkajs's connection. */
interface Connection {
  /** Of an answer that has come in part. */
  readonly bytesBuffered: number;
  processData(bytes: Buffer): void;
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
 * that is left of the one before it. What another socket emits is left to it, unless it happens to be one answer.
 */
export function installWholeAnswersPatch(): PatchOutcome {
  const prototype = prototypeOf(createRequire(import.meta.url)(networkConnectionFile));
  if (prototype === undefined || !isConnection(prototype)) return 'other_version';
  if (marker in prototype) return 'already_installed';
  const { processData } = prototype;
  const value = function (this: Connection, bytes: Buffer): void {
    if (isWholeAnswer(this, bytes)) takeAnswer(this, bytes);
    else processData.call(this, bytes);
  };
  Object.defineProperty(prototype, 'processData', { configurable: true, writable: true, value });
  Object.defineProperty(prototype, marker, { value: true });
  return 'installed';
}

function isConnection(prototype: object): prototype is Pick<Connection, 'processData'> {
  return 'processData' in prototype && typeof prototype.processData === 'function';
}

function isWholeAnswer({ bytesBuffered }: Connection, bytes: Buffer): boolean {
  return bytesBuffered === 0 && bytes.length >= headBytes && bytes.length === lengthBytes + bytes.readInt32BE(0);
}

function takeAnswer({ authHandlers, requestQueue }: Connection, answer: Buffer): void {
  if (authHandlers !== null) {
    authHandlers.onSuccess(answer);
    return;
  }
  requestQueue.fulfillRequest({
    size: answer.length - lengthBytes,
    correlationId: answer.readInt32BE(lengthBytes),
    payload: answer.subarray(headBytes),
  });
}
