import { setTimeout as delay } from 'node:timers/promises';

import { classify, TrunklineError } from '@trunkline/core';
import { hasIndex, readPositions } from '@trunkline/journal';
import { createTopicAdmin, deadLetterTopic, type KafkaConnection, type TopicAdmin } from '@trunkline/kafka';
import type { GroupPlan } from '@trunkline/operations/groups';
import type { Database } from '@trunkline/postgres';

import type { CommandContext } from '../context.ts';
import { withDatabase } from '../database-access.ts';

/** The journal's index of the dead letters of some groups. */
export interface LetterIndex {
  ask<T>(use: (database: Database) => Promise<T>): Promise<T>;
  /** Records on a group's dead-letter topic. */
  onTopic(group: string): number;
}

/** How long an index that is behind is waited for. */
const waitMs = 2_000;
const lookEveryMs = 100;

/**
 * The index, where a journal runs and has every record of the groups' dead-letter topics; undefined where the topics have to
 * be read instead. Says why, unless there is no journal.
 */
export async function openLetterIndex(
  connection: KafkaConnection,
  groups: readonly GroupPlan[],
  context: CommandContext,
): Promise<LetterIndex | undefined> {
  if (context.settings.find('databaseUrl') === undefined) return undefined;
  const ask: LetterIndex['ask'] = (use) => withDatabase(context, 'journal', use);
  const admin = createTopicAdmin(connection);
  try {
    if (!(await ask((database) => hasIndex(database, context.signal)))) return undefined;
    const counts = new Map<string, number>();
    for (const { name } of groups) {
      const topic = deadLetterTopic(name);
      const ends = await endsOf(admin, topic);
      const behind = await ask((database) => untilIndexed(database, { topic, ends, signal: context.signal }));
      if (behind > 0n) {
        context.output.note(`the journal has ${behind} records of ${topic} yet to index: the topic is read instead`);
        return undefined;
      }
      counts.set(
        name,
        ends.reduce((sum, { low, high }) => sum + Number(high - low), 0),
      );
    }
    return { ask, onTopic: (group) => counts.get(group) ?? 0 };
  } catch (thrown) {
    context.signal.throwIfAborted();
    // Kafka away is for whoever reads the topic to say; of the journal it is said that it was not asked.
    context.output.note(`the journal was not asked: ${classify(thrown).message}`);
    return undefined;
  } finally {
    await admin.close();
  }
}

/** A group whose topics were never made has no letters. */
async function endsOf(admin: TopicAdmin, topic: string): Promise<readonly TopicEnd[]> {
  try {
    return await admin.offsets(topic);
  } catch (thrown) {
    if (classify(thrown).code === 'config_invalid') return [];
    throw thrown;
  }
}

/** Records of a topic that are not indexed, after a moment for the journal to index what has just come. */
async function untilIndexed(
  database: Database,
  { topic, ends, signal }: { readonly topic: string; readonly ends: readonly TopicEnd[]; readonly signal: AbortSignal },
): Promise<bigint> {
  const endsAtMs = performance.now() + waitMs;
  for (;;) {
    const positions = await readPositions(database, topic, signal);
    const behind = ends.reduce((sum, { partition, low, high }) => {
      const next = positions.get(partition) ?? low;
      return sum + (high > next && high > low ? high - (next > low ? next : low) : 0n);
    }, 0n);
    if (behind === 0n || performance.now() >= endsAtMs) return behind;
    await delay(lookEveryMs, undefined, { signal });
  }
}

type TopicEnd = Awaited<ReturnType<TopicAdmin['offsets']>>[number];

/** For what only the journal can do. */
export function refuseWithoutJournal(what: string): never {
  throw new TrunklineError(
    'config_invalid',
    `${what} needs the journal: start services/journal (npm start does), and migrate its schema (trunkline migrate)`,
  );
}
