import { createRequire } from 'node:module';

import { describe, expect, it } from 'vitest';

import { originalOf } from './testing/original.ts';
import { installWholeAnswersPatch, networkConnectionFile } from './whole-answers-patch.ts';

interface Connection {
  processData(answer: Buffer): void;
}

// Internal to kafkajs, so there are no types for it; its answers are what the patch is about.
const Original = originalOf(networkConnectionFile) as { readonly prototype: Connection };

/** As much of a connection as an answer meets, before and after other answers. */
function connectionOf(prototype: Connection, authHandlers: object | null, taken: unknown[]): Connection {
  // It has the members that its prototype asks for.
  return Object.assign(Object.create(prototype) as Connection, {
    authHandlers,
    authExpectResponse: true,
    chunks: [],
    bytesBuffered: 0,
    bytesNeeded: 4,
    requestQueue: { fulfillRequest: (answer: object) => taken.push(answer) },
  });
}

function patched(): Connection {
  installWholeAnswersPatch();
  // As above.
  return (createRequire(import.meta.url)(networkConnectionFile) as typeof Original).prototype;
}

function answerOf(correlationId: number, payload: string): Buffer {
  const bytes = Buffer.alloc(8 + payload.length);
  bytes.writeInt32BE(4 + payload.length, 0);
  bytes.writeInt32BE(correlationId, 4);
  bytes.write(payload, 8);
  return bytes;
}

describe('the kafkajs patch of whole answers', () => {
  it('hands an answer to whoever asked as kafkajs does, and copies nothing of it', () => {
    const answers = [answerOf(7, 'first'), answerOf(-1, ''), answerOf(8, 'third')];
    const [ours, theirs]: [unknown[], unknown[]] = [[], []];

    const connection = connectionOf(patched(), null, ours);
    for (const answer of answers) connection.processData(answer);
    const original = connectionOf(Original.prototype, null, theirs);
    for (const answer of answers) original.processData(answer);

    expect(ours).toEqual(theirs);
    expect(ours[2]).toMatchObject({ payload: { buffer: answers[2]?.buffer } });
  });

  it('leaves to kafkajs what is no whole answer, or more than one', () => {
    const sent = Buffer.concat([answerOf(7, 'first'), answerOf(8, ''), answerOf(9, 'third'), answerOf(10, 'last')]);
    const pieces = [sent.subarray(0, 2), sent.subarray(2, 15), sent.subarray(15, 24), sent.subarray(24)];
    const [ours, theirs]: [unknown[], unknown[]] = [[], []];

    const connection = connectionOf(patched(), null, ours);
    for (const piece of pieces) connection.processData(piece);
    const original = connectionOf(Original.prototype, null, theirs);
    for (const piece of pieces) original.processData(piece);

    expect(ours).toEqual(theirs);
    expect(ours).toHaveLength(4);
  });

  it('hands what comes while it logs in to the login, as kafkajs does', () => {
    const [ours, theirs]: [unknown[], unknown[]] = [[], []];
    const login = (taken: unknown[]): object => ({ onSuccess: (answer: Buffer) => taken.push(answer) });

    connectionOf(patched(), login(ours), []).processData(answerOf(7, 'token'));
    connectionOf(Original.prototype, login(theirs), []).processData(answerOf(7, 'token'));

    expect(ours).toEqual(theirs);
    expect(ours).toHaveLength(1);
  });
});
