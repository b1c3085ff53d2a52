import type { OperatorAccess } from '@trunkline/operations';

import type { CommandContext } from './context.ts';
import { withDatabase } from './database-access.ts';
import { openKafka, openRegistry } from './kafka-access.ts';
import { requireRetryTiers } from './retry-tiers.ts';
import { planTopics } from './topic-plan.ts';

/** The installation that a command was told of, for the operations that other programs use too. */
export function accessOf(context: CommandContext): OperatorAccess {
  const { settings, output, signal } = context;
  return {
    signal,
    kafkaBrokers: () => settings.require('kafkaBrokers'),
    kafka: () => openKafka(context),
    registry: () => openRegistry(context),
    retryTiers: () => requireRetryTiers(settings),
    topicPlan: () => planTopics(context),
    withDatabase: (schema, use) => withDatabase(context, schema, use),
    progress: (label) => output.progress(label),
  };
}
