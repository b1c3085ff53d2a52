import { armFailpoints, type FailpointName } from '@trunkline/core';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

import { type Failure, openStrictHarness, type StrictHarness } from '../testing/strict-harness.ts';
import type { OnDead } from './ordering.ts';

/*
 * The promise of a strict handler, against a model: a partition of events, members that read it from where they were, read
 * again what they had not committed, two at a time, and end at any of their crash points; releasers beside them; letters
 * that are mended and sent back while their key waits for them. Whatever the history, the events of a key have their
 * effects in their order and once, and in the end each has its effect or is a dead letter.
 */

const { postgresAdminUrl: adminUrl } = inject('stack');
const keys = ['a', 'b', 'c', 'd'];
const eventsOfAKey = 6;
const crashPoints: readonly FailpointName[] = [
  'strict.before_park',
  'strict.after_park',
  'strict.after_dead_letter',
  'strict.after_release',
];

type Step =
  /** A batch of so many records; a second member has it in hand, too; its offsets are not committed. */
  | { readonly kind: 'deliver'; readonly records: number; readonly twice: boolean; readonly lost: boolean }
  /** Time goes on by so much, and what is due is applied, by one releaser or two. */
  | { readonly kind: 'release'; readonly afterMs: number; readonly twice: boolean }
  /** Both at once. */
  | { readonly kind: 'both'; readonly records: number; readonly afterMs: number }
  /** The letters that keys wait for are mended and sent back. */
  | { readonly kind: 'mend' };

interface History {
  readonly order: readonly string[];
  readonly failures: readonly (readonly [string, Failure])[];
  readonly steps: readonly { readonly step: Step; readonly crash: FailpointName | undefined }[];
}

const names = keys.flatMap((key) => Array.from({ length: eventsOfAKey }, (_, n) => `${key}/${n}`));
const records = fc.integer({ min: 1, max: 12 });
const afterMs = fc.constantFrom(0, 10_000, 60_000, 24 * 3_600_000);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('deliver' as const), records, twice: fc.boolean(), lost: fc.boolean() }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('release' as const), afterMs, twice: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('both' as const), records, afterMs }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('mend' as const) }) },
);
const history: fc.Arbitrary<History> = fc.record({
  // The keys share a partition in any way; each key's events are in their order.
  order: fc.shuffledSubarray(
    keys.flatMap((key) => Array.from({ length: eventsOfAKey }, () => key)),
    { minLength: names.length },
  ),
  failures: fc.array(
    fc.tuple(fc.constantFrom(...names), fc.oneof(fc.integer({ min: 1, max: 5 }), fc.constant<Failure>('always'))),
    { maxLength: 6 },
  ),
  steps: fc.array(fc.record({ step, crash: fc.option(fc.constantFrom(...crashPoints), { nil: undefined, freq: 3 }) }), {
    minLength: 4,
    maxLength: 12,
  }),
});

describe.each<OnDead>(['hold', 'release'])('events that are kept in order by key, on a dead letter: %s', (onDead) => {
  let harness: StrictHarness;
  beforeAll(async () => {
    harness = await openStrictHarness({ adminUrl, onDead });
  });
  afterAll(() => harness.close());

  it('have their effects in their order and once, or are dead letters, whatever fails, repeats and crashes', async () => {
    await fc.assert(
      fc.asyncProperty(history, async (played) => {
        await harness.reset();
        await play(harness, played);

        const applied = await harness.applied();
        const letters = new Set(harness.letters().map(({ event }) => event));
        for (const key of keys) {
          const own = applied.filter((event) => event.startsWith(key));
          expect(own).toEqual([...new Set(own)].toSorted());
        }
        expect(new Set([...applied, ...letters])).toEqual(new Set(names));
      }),
    );
  });
});

async function play(harness: StrictHarness, { order, failures, steps }: History): Promise<void> {
  const partition = partitionOf(harness, order);
  for (const [name, failure] of failures) {
    const [key = '', n = ''] = name.split('/');
    harness.fail(key, Number(n), failure);
  }
  let committed = 0;
  const deliver = async (count: number, { twice = false, lost = false } = {}): Promise<void> => {
    const batch = partition.slice(committed, committed + count);
    const members = twice ? [harness.deliver(batch), harness.deliver(batch)] : [harness.deliver(batch)];
    const ends = await Promise.allSettled(members);
    // Whoever ends commits nothing, and whoever has the partition then reads it again.
    if (!lost && ends.every(({ status }) => status === 'fulfilled')) committed += batch.length;
  };
  const release = async (members: number): Promise<void> => {
    await Promise.allSettled(Array.from({ length: members }, () => harness.release()));
  };

  for (const { step: next, crash } of steps) {
    armFailpoints(crash === undefined ? '' : `${crash}=throw@1`);
    if (next.kind === 'deliver') await deliver(next.records, next);
    else if (next.kind === 'mend') await mend(harness);
    else {
      harness.nowMs += next.afterMs;
      if (next.kind === 'release') await release(next.twice ? 2 : 1);
      else await Promise.all([deliver(next.records), release(1)]);
    }
  }

  // The end: everything is read, and time goes on until nothing waits.
  armFailpoints('');
  while (committed < partition.length) await deliver(partition.length);
  for (let rounds = 0; rounds < 60 && (await isWaiting(harness)); rounds += 1) {
    harness.nowMs += 3_600_000;
    await harness.release();
  }
}

function partitionOf(harness: StrictHarness, order: readonly string[]) {
  const next = new Map<string, number>();
  return order.map((key) => {
    const n = next.get(key) ?? 0;
    next.set(key, n + 1);
    return harness.record(key, n);
  });
}

/** Only what a key waits for: another letter is late by then, and its place is lost. */
async function mend(harness: StrictHarness): Promise<void> {
  const held = (await harness.keys()).filter(({ state }) => state === 'held');
  for (const { head } of held) {
    const letter = harness.letters().find(({ copy }) => copy.headers['ce_id']?.slice(4) === head);
    if (letter === undefined) continue;
    const [key = '', n = ''] = letter.event.split('/');
    harness.fail(key, Number(n), undefined);
    await Promise.allSettled([harness.deliver([harness.redriven(letter.copy)], 'redrive')]);
  }
}

async function isWaiting(harness: StrictHarness): Promise<boolean> {
  return (await harness.keys()).some(({ waiting }) => waiting > 0);
}
