import { TrunklineError } from '@trunkline/core';

import type { TopicAdmin } from './admin.ts';

export interface NeededTopics {
  readonly topics: readonly string[];
  /** The largest record each must take. */
  readonly maxRecordBytes: (topic: string) => number;
}

/**
 * Refuses to run on topics that are missing or take less than may have to be published: found at start, it is one command
 * to repair; found by a record, it would be an outage that no waiting ends. Throws config_invalid, or
 * dependency_unavailable.
 */
export async function checkTopics(admin: Pick<TopicAdmin, 'describe'>, needed: NeededTopics): Promise<void> {
  const described = await Promise.all(
    needed.topics.map(async (topic) => ({ topic, actual: await admin.describe(topic) })),
  );
  const missing = described.filter(({ actual }) => actual === undefined).map(({ topic }) => topic);
  if (missing.length > 0) {
    throw new TrunklineError(
      'config_invalid',
      `Kafka has no topic ${missing.join(', ')}; create them with: trunkline topics apply`,
    );
  }
  for (const { topic, actual } of described) {
    const needs = needed.maxRecordBytes(topic);
    const takes = Number(actual?.config['max.message.bytes']);
    if (takes < needs) {
      const problem = `topic ${topic} takes records of ${takes} bytes and needs ${needs} for the largest body`;
      throw new TrunklineError('config_invalid', `${problem}; repair it with: trunkline topics apply`);
    }
  }
}
