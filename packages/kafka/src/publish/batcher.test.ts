import { TrunklineError } from '@trunkline/core';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { acknowledged, codeOf, failed, limits, minute } from '../testing/batches.ts';
import { recordOf } from '../testing/records.ts';
import { Batcher, type Brokers, recordBytes, sweepMs } from './batcher.ts';
import type { SendBatch, SendOutcome } from './send-lane.ts';

const refused: SendOutcome = { kind: 'refused', error: new TrunklineError('payload_too_large', 'too large') };

/** One broker that leads the one partition of every topic; the test gives its answers one by one. */
function sender() {
  const sent: string[][] = [];
  const waiting: ((outcome: SendOutcome) => void)[] = [];
  const send: SendBatch = async (parts) => {
    sent.push(parts.flatMap(({ records }) => records.map(({ key }) => String(key))));
    const outcome = await new Promise<SendOutcome>((resolve) => waiting.push(resolve));
    return parts.map(() => outcome);
  };
  return {
    sent,
    brokers: brokersOf(send),
    outstanding: () => waiting.length,
    answerNow: (outcome: SendOutcome): void => waiting.shift()?.(outcome),
    /** Ends the outstanding send and lets everything that follows from it happen. */
    answer: async (outcome: SendOutcome): Promise<void> => {
      waiting.shift()?.(outcome);
      await vi.advanceTimersByTimeAsync(10);
    },
  };
}

function brokersOf(send: SendBatch): Brokers {
  return { ask: (topics) => Promise.resolve(new Map(topics.map((topic) => [topic, [1]]))), open: () => send };
}

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

describe('the batcher', () => {
  it('sends at once when idle, together with what came in the same turn', async () => {
    const { sent, brokers, answer } = sender();
    const batcher = new Batcher(limits, brokers);

    const published = Promise.all(['a', 'b'].map((key) => batcher.publish([recordOf('t', key)], minute)));
    await vi.advanceTimersByTimeAsync(0);
    expect(sent).toEqual([['a', 'b']]);
    await answer(acknowledged);

    await expect(published).resolves.toEqual([undefined, undefined]);
    expect(batcher.waitingBytes).toBe(0);
  });

  it('has one send outstanding, whatever comes', async () => {
    const { sent, brokers, outstanding, answer } = sender();
    const batcher = new Batcher(limits, brokers);

    for (const key of 'abcdefgh') batcher.publish([recordOf('t', key)], minute).catch(() => undefined);
    await vi.advanceTimersByTimeAsync(100);
    expect(outstanding()).toBe(1);
    await answer(acknowledged);
    expect(outstanding()).toBe(1);
    await answer(acknowledged);
    await answer(acknowledged);

    expect(sent).toEqual([
      ['a', 'b', 'c'],
      ['d', 'e', 'f'],
      ['g', 'h'],
    ]);
  });

  it('lets what came during a send wait a moment for company, but a whole batch not at all', async () => {
    const { sent, brokers, answerNow } = sender();
    const batcher = new Batcher({ ...limits, lingerMs: 50 }, brokers);
    const publish = (key: string): Promise<void> => batcher.publish([recordOf('t', key)], minute);

    const all = [publish('a')];
    await vi.advanceTimersByTimeAsync(1);
    all.push(publish('b'));
    answerNow(acknowledged);
    await vi.advanceTimersByTimeAsync(30);
    expect(sent).toHaveLength(1);
    all.push(publish('c'), publish('d'));
    await vi.advanceTimersByTimeAsync(1);
    expect(sent).toEqual([['a'], ['b', 'c', 'd']]);
    answerNow(acknowledged);

    await Promise.all(all);
  });

  it('resolves a call only when every record of it is acknowledged', async () => {
    const { sent, brokers, answer } = sender();
    const batcher = new Batcher(limits, brokers);
    let isResolved = false;

    const published = batcher
      .publish(
        ['a', 'b', 'c', 'd'].map((key) => recordOf('t', key)),
        minute,
      )
      .then(() => (isResolved = true));
    await vi.advanceTimersByTimeAsync(1);
    await answer(acknowledged);
    expect(sent).toEqual([['a', 'b', 'c'], ['d']]);
    expect(isResolved).toBe(false);
    await answer(acknowledged);

    await published;
    expect(isResolved).toBe(true);
  });

  it('sends a failed batch again, in the same order, before anything newer', async () => {
    const { sent, brokers, answer } = sender();
    const batcher = new Batcher(limits, brokers);

    const published = Promise.all(['a', 'b', 'c', 'd'].map((key) => batcher.publish([recordOf('t', key)], minute)));
    await vi.advanceTimersByTimeAsync(1);
    await answer(failed);
    await answer(acknowledged);
    await answer(acknowledged);

    await published;
    expect(sent).toEqual([['a', 'b', 'c'], ['a', 'b', 'c'], ['d']]);
  });

  it('takes a sender that throws for a failed send', async () => {
    const sends = vi.fn<SendBatch>().mockRejectedValueOnce(new Error('bug')).mockResolvedValue([acknowledged]);
    const batcher = new Batcher(limits, brokersOf(sends));

    const published = batcher.publish([recordOf('t', 'a')], minute);
    await vi.advanceTimersByTimeAsync(100);

    await expect(published).resolves.toBeUndefined();
    expect(sends).toHaveBeenCalledTimes(2);
  });

  it('rejects a call at its own deadline and does not send it later', async () => {
    const { sent, brokers, answer } = sender();
    const batcher = new Batcher(limits, brokers);
    const first = batcher.publish([recordOf('t', 'a')], minute);
    await vi.advanceTimersByTimeAsync(1);

    const late = codeOf(batcher.publish([recordOf('t', 'b')], { deadlineMs: 500 }));
    await vi.advanceTimersByTimeAsync(500 + sweepMs);
    expect(await late).toBe('publish_unavailable');
    expect(batcher.waitingBytes).toBe(recordBytes(recordOf('t', 'a')));
    await answer(acknowledged);

    await first;
    expect(sent).toEqual([['a']]);
  });

  it('counts the bytes of a rejected call until the send that holds them has ended', async () => {
    const { sent, brokers, answer } = sender();
    const batcher = new Batcher(limits, brokers);

    const rejected = codeOf(batcher.publish([recordOf('t', 'a')], { deadlineMs: 500 }));
    await vi.advanceTimersByTimeAsync(500 + sweepMs);
    expect(await rejected).toBe('publish_unavailable');
    expect(batcher.waitingBytes).toBe(recordBytes(recordOf('t', 'a')));
    await answer(failed);

    expect(batcher.waitingBytes).toBe(0);
    expect(sent).toEqual([['a']]);
  });

  it('refuses above its limit without queueing, whoever asks how often', async () => {
    const { brokers } = sender();
    const size = recordBytes(recordOf('t', 'a'));
    const batcher = new Batcher({ ...limits, maxWaitingBytes: 2 * size }, brokers);
    const two = ['a', 'b'].map((key) =>
      batcher.publish([recordOf('t', key)], { deadlineMs: 1_000 }).catch((error: unknown) => error),
    );

    for (let count = 0; count < 1_000; count += 1) {
      await expect(batcher.publish([recordOf('t', 'c')], minute)).rejects.toMatchObject({
        code: 'overloaded',
        retryAfterMs: 1_000,
      });
    }

    expect(batcher.waitingBytes).toBe(2 * size);
    await vi.advanceTimersByTimeAsync(1_000);
    await Promise.all(two);
  });

  it('refuses a call with one record above the limit as a whole', async () => {
    const { sent, brokers } = sender();
    const batcher = new Batcher({ ...limits, maxRecordBytes: (topic) => (topic === 'narrow' ? 200 : 50_000) }, brokers);

    const published = batcher.publish([recordOf('wide', 'a'), recordOf('narrow', 'b', Buffer.alloc(200))], minute);

    await expect(published).rejects.toMatchObject({ code: 'payload_too_large' });
    await vi.advanceTimersByTimeAsync(10);
    expect(sent).toEqual([]);
    expect(batcher.waitingBytes).toBe(0);
  });

  it('lets a record that is larger than a batch travel alone', async () => {
    const { sent, brokers, answer } = sender();
    const batcher = new Batcher(limits, brokers);

    const published = batcher.publish(
      [recordOf('t', 'a'), recordOf('t', 'large', Buffer.alloc(20_000)), recordOf('t', 'b')],
      minute,
    );
    await vi.advanceTimersByTimeAsync(1);
    await answer(acknowledged);
    await answer(acknowledged);
    await answer(acknowledged);

    await published;
    expect(sent).toEqual([['a'], ['large'], ['b']]);
  });

  it('finds out which record of a refused batch was meant, and rejects that one only', async () => {
    const { sent, brokers, answer } = sender();
    const batcher = new Batcher(limits, brokers);

    const settled = Promise.allSettled(['a', 'bad', 'c'].map((key) => batcher.publish([recordOf('t', key)], minute)));
    await vi.advanceTimersByTimeAsync(1);
    await answer(refused);
    await answer(acknowledged);
    await answer(refused);
    await answer(acknowledged);

    expect((await settled).map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(sent).toEqual([['a', 'bad', 'c'], ['a'], ['bad'], ['c']]);
  });

  it('lets a caller give up', async () => {
    const { brokers } = sender();
    const batcher = new Batcher(limits, brokers);
    const caller = new AbortController();

    const published = batcher.publish([recordOf('t', 'a')], { ...minute, signal: caller.signal });
    caller.abort(new Error('the client went away'));

    await expect(published).rejects.toMatchObject({ code: 'publish_unavailable' });
    await expect(batcher.publish([recordOf('t', 'b')], { ...minute, signal: caller.signal })).rejects.toMatchObject({
      code: 'publish_unavailable',
    });
    expect(batcher.waitingBytes).toBe(0);
  });

  it('waits for what it has when it closes, and refuses what comes after', async () => {
    const { sent, brokers, answer } = sender();
    const batcher = new Batcher(limits, brokers);
    const published = batcher.publish([recordOf('t', 'a')], minute);
    await vi.advanceTimersByTimeAsync(1);

    const closed = batcher.close(5_000);
    await expect(batcher.publish([recordOf('t', 'b')], minute)).rejects.toMatchObject({ code: 'publish_unavailable' });
    await answer(acknowledged);

    await Promise.all([published, closed]);
    expect(sent).toEqual([['a']]);
  });

  it('rejects what is not acknowledged by the deadline of its closing', async () => {
    const { brokers } = sender();
    const batcher = new Batcher(limits, brokers);
    const rejected = codeOf(batcher.publish([recordOf('t', 'a')], minute));

    const closed = batcher.close(1_000);
    await vi.advanceTimersByTimeAsync(1_000);

    await closed;
    expect(await rejected).toBe('publish_unavailable');
  });
});
