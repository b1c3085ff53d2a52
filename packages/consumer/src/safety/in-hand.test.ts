import type { InHand } from '@trunkline/postgres';
import { beforeEach, describe, expect, it } from 'vitest';

import { createInHandNotes, type InHandNotes, type Place } from './in-hand.ts';

let notes: InHandNotes;
let written: InHand[];
beforeEach(() => {
  written = [];
  notes = createInHandNotes((inHand) => {
    written.push(inHand);
    return Promise.resolve();
  });
});

const ahead = 256;
const place = (offset: number, partition = 0): Place => ({ topic: 'a.b.v1', partition, offset: BigInt(offset) });
const range = (first: number, last: number, partition = 0): object => ({
  topic: 'a.b.v1',
  partition,
  first: BigInt(first),
  last: BigInt(last),
});
const latest = (): InHand | undefined => written.at(-1);

describe('the notes of what is in hand', () => {
  it('name the span of a batch in each of its partitions, before the batch is looked at', async () => {
    await notes.take([place(130), place(128), place(7, 1), place(140)]);

    expect(latest()).toEqual({ places: [range(128, 140 + ahead), range(7, 7 + ahead, 1)], alone: false });
  });

  it('are written once in 257 records of a partition that come one by one', async () => {
    for (let offset = 0; offset < 10 * (ahead + 1); offset += 1) await notes.take([place(offset)]);

    expect(written).toHaveLength(10);
    expect(latest()).toEqual({ places: [range(9 * (ahead + 1), 10 * (ahead + 1) - 1)], alone: false });
  });

  it('are shared by the partitions that are read side by side', async () => {
    const partitions = [0, 1, 2, 3, 4, 5];
    for (let offset = 0; offset < 10 * (ahead + 1); offset += 1)
      await notes.take(partitions.map((partition) => place(offset, partition)));

    expect(written).toHaveLength(10);
  });

  it('go back where a partition is read again from an earlier place', async () => {
    await notes.take([place(100)]);
    await notes.take([place(20)]);

    expect(latest()).toEqual({ places: [range(20, 20 + ahead)], alone: false });
  });

  it('keep what is in hand beside', async () => {
    await notes.take([place(0)]);
    await notes.take([place(64, 1)]);

    expect(latest()).toEqual({ places: [range(0, ahead), range(64, 64 + ahead, 1)], alone: false });
  });

  it('name exactly what is taken with care, and nothing of before or after it', async () => {
    await notes.take([place(0)]);
    await notes.takeOnly([place(5), place(9)]);
    expect(latest()).toEqual({ places: [range(5, 5), range(9, 9)], alone: false });

    await notes.takeOnly([place(5)]);
    expect(latest()).toEqual({ places: [range(5, 5)], alone: true });

    await notes.putDown();
    expect(latest()).toEqual({ places: [], alone: false });

    await notes.take([place(70)]);
    expect(latest()).toEqual({ places: [range(70, 70 + ahead)], alone: false });
  });

  it('are never overtaken by an older one, and batches that come together share one', async () => {
    const answers: PromiseWithResolvers<void>[] = [];
    notes = createInHandNotes(async (inHand) => {
      written.push(inHand);
      answers.push(Promise.withResolvers<void>());
      await answers.at(-1)?.promise;
    });
    const ended: string[] = [];

    const all = [0, 1, 2].map(async (partition) => {
      await notes.take([place(0, partition)]);
      ended.push(String(partition));
    });
    await Promise.resolve();
    expect(written).toHaveLength(1);
    expect(ended).toEqual([]);
    answers[0]?.resolve();
    await expect.poll(() => written.length).toBe(2);
    answers[1]?.resolve();
    await Promise.all(all);

    expect(written).toHaveLength(2);
    expect(latest()?.places).toHaveLength(3);
  });

  it('that could not be written are written when somebody asks again', async () => {
    let isAway = true;
    notes = createInHandNotes((inHand) => {
      if (isAway) return Promise.reject(new Error('away'));
      written.push(inHand);
      return Promise.resolve();
    });

    await expect(notes.take([place(0)])).rejects.toThrow('away');
    isAway = false;
    await notes.take([place(0)]);

    expect(written).toEqual([{ places: [range(0, ahead)], alone: false }]);
  });
});
