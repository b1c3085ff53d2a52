import { TrunklineError } from '@trunkline/core';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { acknowledged, codeOf, failed, limits, minute } from '../testing/batches.ts';
import { recordOf } from '../testing/records.ts';
import { Batcher, type Brokers, recordBytes, sweepMs } from './batcher.ts';
import type { TopicLeaders } from './leaders.ts';
import type { SendOutcome } from './send-lane.ts';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

/** Two brokers and topics of two partitions; the test says who leads them and gives the answers. */
function cluster(leaders: [number, number]) {
  const sent: { readonly leader: number; readonly keys: string[] }[] = [];
  const waiting = new Map<number, (outcomes: readonly SendOutcome[]) => void>();
  const brokers: Brokers = {
    ask: (topics) => {
      const answers = topics.map((topic) => [topic, topic === 'missing' ? missing : [...leaders]] as const);
      return Promise.resolve(new Map<string, TopicLeaders>(answers));
    },
    open: (leader) => (parts) => {
      sent.push({ leader, keys: parts.flatMap(({ records }) => records.map(({ key }) => String(key))) });
      return new Promise((resolve) => waiting.set(leader, resolve));
    },
  };
  return {
    brokers,
    sent,
    lead: (...next: [number, number]): void => void leaders.splice(0, 2, ...next),
    answer: async (leader: number, ...outcomes: readonly SendOutcome[]): Promise<void> => {
      waiting.get(leader)?.(outcomes);
      await vi.advanceTimersByTimeAsync(10);
    },
  };
}

const missing = new TrunklineError('publish_unavailable', 'no such topic');
// Of two partitions a, b and c are on the first, d, f and g on the second.
describe('the batcher, of several brokers,', () => {
  it('does not wait for one broker with what another leads', async () => {
    const { brokers, sent, answer } = cluster([1, 2]);
    const batcher = new Batcher(limits, brokers);
    const silent = codeOf(batcher.publish([recordOf('t', 'd')], { deadlineMs: 1_000 }));
    await vi.advanceTimersByTimeAsync(1);

    const published = batcher.publish([recordOf('t', 'a')], minute);
    await vi.advanceTimersByTimeAsync(1);
    await answer(1, acknowledged);

    await expect(published).resolves.toBeUndefined();
    expect(sent).toEqual([
      { leader: 2, keys: ['d'] },
      { leader: 1, keys: ['a'] },
    ]);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await silent).toBe('publish_unavailable');
  });

  it('sends a partition to its new leader only when nothing of it is outstanding with the old one', async () => {
    const { brokers, sent, lead, answer } = cluster([1, 2]);
    const batcher = new Batcher(limits, brokers);
    const publish = (key: string): Promise<void> => batcher.publish([recordOf('t', key)], minute);
    const first = publish('a');
    await vi.advanceTimersByTimeAsync(1);
    lead(2, 2);
    // Another topic has the leaders asked for again.
    const other = batcher.publish([recordOf('other', 'a')], minute);
    const second = publish('c');
    await vi.advanceTimersByTimeAsync(600);

    expect(sent).toEqual([
      { leader: 1, keys: ['a'] },
      { leader: 2, keys: ['a'] },
    ]);
    await answer(2, acknowledged);
    await answer(1, failed);
    expect(sent.slice(2)).toEqual([{ leader: 2, keys: ['a', 'c'] }]);
    await answer(2, acknowledged);

    await Promise.all([first, second, other]);
  });

  it('keeps what has no leader until it has one, and nothing else', async () => {
    const { brokers, sent, lead, answer } = cluster([1, -1]);
    const batcher = new Batcher(limits, brokers);

    const waits = batcher.publish([recordOf('t', 'd')], minute);
    const goes = batcher.publish([recordOf('t', 'a')], minute);
    await vi.advanceTimersByTimeAsync(10);
    await answer(1, acknowledged);
    await goes;
    await vi.advanceTimersByTimeAsync(5_000);
    expect(sent).toEqual([{ leader: 1, keys: ['a'] }]);
    lead(1, 2);
    await vi.advanceTimersByTimeAsync(600);
    await answer(2, acknowledged);

    await waits;
  });

  it('tries a partition that failed beside others again a little later, and goes on with the others', async () => {
    const { brokers, sent, answer } = cluster([1, 1]);
    const batcher = new Batcher(limits, brokers);
    const publish = (key: string): Promise<void> => batcher.publish([recordOf('t', key)], minute);

    const bad = publish('d');
    const good = [publish('a')];
    await vi.advanceTimersByTimeAsync(1);
    await answer(1, failed, acknowledged);
    good.push(publish('c'));
    await vi.advanceTimersByTimeAsync(10);
    await answer(1, acknowledged);
    await Promise.all(good);
    expect(sent.map(({ keys }) => keys)).toEqual([['d', 'a'], ['c']]);
    await vi.advanceTimersByTimeAsync(1_600);
    await answer(1, acknowledged);

    await bad;
    expect(sent.map(({ keys }) => keys)).toEqual([['d', 'a'], ['c'], ['d']]);
  });

  it('leaves one broker that does not answer half of the room', async () => {
    const size = recordBytes(recordOf('t', 'a'));
    const { brokers } = cluster([1, 2]);
    const batcher = new Batcher({ ...limits, maxWaitingBytes: 8 * size }, brokers);
    const publish = (key: string): Promise<unknown> =>
      codeOf(batcher.publish([recordOf('t', key)], { deadlineMs: 1_000 }));
    const first = [publish('a'), publish('d')];
    await vi.advanceTimersByTimeAsync(1);

    const crowd = [publish('d'), publish('f'), publish('g'), publish('d'), publish('f')];
    const guest = publish('c');
    await vi.advanceTimersByTimeAsync(1_000 + sweepMs);

    expect((await Promise.all(crowd)).filter((code) => code === 'overloaded')).toHaveLength(1);
    expect(await guest).toBe('publish_unavailable');
    await Promise.all(first);
  });

  it('tells of a missing topic, and holds up no other', async () => {
    const { brokers, answer } = cluster([1, 1]);
    const batcher = new Batcher(limits, brokers);

    const lost = batcher.publish([recordOf('missing', 'a')], minute);
    const published = batcher.publish([recordOf('t', 'a')], minute);

    await expect(lost).rejects.toBe(missing);
    await vi.advanceTimersByTimeAsync(10);
    await answer(1, acknowledged);
    await published;
    expect(batcher.waitingBytes).toBe(0);
  });

  it('asks again of a topic whose partitions no broker has heard of yet', async () => {
    const { brokers, sent, answer } = cluster([1, 1]);
    let asked = 0;
    const ask: Brokers['ask'] = async (topics) => {
      asked += 1;
      return asked === 1 ? new Map(topics.map((topic) => [topic, []])) : brokers.ask(topics);
    };
    const batcher = new Batcher(limits, { ...brokers, ask });

    const published = batcher.publish([recordOf('t', 'a')], minute);
    await vi.advanceTimersByTimeAsync(600);
    await answer(1, acknowledged);

    await published;
    expect(sent).toEqual([{ leader: 1, keys: ['a'] }]);
  });
});
