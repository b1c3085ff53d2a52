import { describe, expect, it } from 'vitest';

import { Committer } from './committer.ts';
import { Generation, type Work } from './generation.ts';
import { Lane } from './lane.ts';

const lane = new Lane<Work>({
  maxBytes: 1_000,
  maxBatchRecords: 10,
  process: () => Promise.resolve(),
  onFinished: () => undefined,
  onRelief: () => undefined,
  onFatal: () => undefined,
});

/** A generation with two partitions, of which one has finished records up to the offset. */
function generationWith(finishedBefore: bigint | undefined) {
  const commits: unknown[] = [];
  const generation = new Generation(
    [0, 1].map((partition) => ({ wireTopic: 'ns.t', topic: 't', partition, lane })),
    false,
  );
  generation.commitOffsets = (offsets) => {
    commits.push(offsets);
    return Promise.resolve();
  };
  if (finishedBefore !== undefined) generation.partition('ns.t', 0)?.ledger.endBatch(finishedBefore - 1n);
  return { generation, commits };
}

const ofSeven = { topics: [{ topic: 'ns.t', partitions: [{ partition: 0, offset: '7' }] }] };

function committerFor(current: () => Generation | undefined) {
  const errors: unknown[] = [];
  return { committer: new Committer(current, (error) => errors.push(error)), errors };
}

describe('the committer', () => {
  it('commits what is finished, once', async () => {
    const { generation, commits } = generationWith(7n);
    const { committer } = committerFor(() => generation);

    await committer.commit();
    await committer.commit();

    expect(commits).toEqual([ofSeven]);
  });

  it('commits nothing while nothing is finished', async () => {
    const { generation, commits } = generationWith(undefined);
    const { committer } = committerFor(() => generation);

    await committer.commit();

    expect(commits).toEqual([]);
  });

  it('refuses when the member has begun to join again: the commit would be made for the next generation', async () => {
    const { generation, commits } = generationWith(7n);
    const { committer } = committerFor(() => generation);

    generation.isLeaving = true;
    await committer.commit();

    expect(commits).toEqual([]);
  });

  it('refuses for a generation that is over', async () => {
    const { generation, commits } = generationWith(7n);
    const { committer } = committerFor(() => generation);

    generation.end();
    await committer.commit();

    expect(commits).toEqual([]);
  });

  it('tells of a failed commit and makes it again', async () => {
    const { generation, commits } = generationWith(7n);
    const { committer, errors } = committerFor(() => generation);
    const works = generation.commitOffsets;
    const failure = new Error('the coordinator has moved');

    generation.commitOffsets = () => Promise.reject(failure);
    await committer.commit();
    generation.commitOffsets = works;
    await committer.commit();

    expect(errors).toEqual([failure]);
    expect(commits).toEqual([ofSeven]);
  });

  it('lets those wait who want everything finished, until it is finished and committed', async () => {
    const { generation, commits } = generationWith(undefined);
    const { committer } = committerFor(() => generation);
    const entry = generation.partition('ns.t', 0)?.ledger.deliver(6n);
    let isIdle = false;

    const idle = committer.idle().then(() => (isIdle = true));
    await committer.commit();
    expect(isIdle).toBe(false);
    if (entry !== undefined) generation.partition('ns.t', 0)?.ledger.finish(entry);
    await committer.commit();

    await idle;
    expect(commits).toEqual([ofSeven]);
  });
});
