import { setTimeout as delay } from 'node:timers/promises';

import { classify } from '@trunkline/core';
import { createTopicAdmin } from '@trunkline/kafka';
import { createLetterCounter, groups, type LetterCount, missingTopics, readLag, totalsOf } from '@trunkline/operations';

import type { CommandContext } from '../context.ts';
import { openKafka } from '../kafka-access.ts';
import { accessOf } from '../operator-access.ts';

export interface GroupBacklog {
  readonly waiting: bigint;
  /** Undefined where its topic is missing. */
  readonly letters: LetterCount | undefined;
}

/** Reads lag beside the rounds: a broker that does not answer must not hold up what the processes say. */
export interface LagWatch {
  /** Begins to read unless it is reading, and waits for it so long. Never rejects. */
  refresh(waitMs: number): Promise<void>;
  latest(): ReadonlyMap<string, GroupBacklog> | undefined;
  /** Why there is no lag, or none that is new. */
  gap(): string | undefined;
  close(): Promise<void>;
}

export function openLagWatch(context: CommandContext): LagWatch {
  if (context.settings.find('kafkaBrokers') === undefined) return noLag;
  const access = accessOf(context);
  const connection = openKafka(context);
  const admin = createTopicAdmin(connection);
  const counter = createLetterCounter(connection, groups, access);
  let missing: ReadonlySet<string> | undefined;
  let latest: ReadonlyMap<string, GroupBacklog> | undefined;
  let gap: string | undefined;
  let reading: Promise<void> | undefined;

  async function read(): Promise<void> {
    try {
      // Asked once: topics that go away while somebody looks make the next reading fail, and say so.
      missing ??= await missingTopics(admin, access);
      const rows = await readLag(admin, { groups, missing, tiers: access.retryTiers() });
      const counted = await counter.count(missing);
      latest = new Map(
        groups.map(({ name }) => {
          const { waiting } = totalsOf(rows.filter(({ group }) => group === name));
          return [name, { waiting, letters: counted.letters.find(({ group }) => group === name) }] as const;
        }),
      );
      gap = counted.gaps.length === 0 ? undefined : counted.gaps.join('; ');
    } catch (thrown) {
      gap = `lag is not known: ${classify(thrown).message}`;
    } finally {
      reading = undefined;
    }
  }

  return {
    async refresh(waitMs) {
      reading ??= read();
      await Promise.race([reading, delay(waitMs, undefined, { signal: context.signal }).catch(() => undefined)]);
    },
    latest: () => latest,
    gap: () => gap,
    close: () => admin.close(),
  };
}

const noLag: LagWatch = {
  refresh: () => Promise.resolve(),
  latest: () => undefined,
  gap: () => 'lag is not known: no Kafka is named (--kafka-brokers or TRUNKLINE_KAFKA_BROKERS)',
  close: () => Promise.resolve(),
};
