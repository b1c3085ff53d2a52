import type { ConsumedTopic, DomainTopic, RequestTopic } from '@trunkline/events';

import { generatedGroups, generatedSchemas } from './generated/groups.ts';

/**
 * The consumer groups of this build, in one list: topics, migrations, `npm start`, the CLI and the tests are made from
 * it. It follows from the handlers of the services: npm run generate.
 */

/** A consumer group: its topics, and the Postgres schema that holds its inbox and projections. */
export interface GroupPlan {
  /** Also the folder below services/. */
  readonly name: string;
  readonly schema: string;
  readonly topics: readonly ConsumedTopic[];
  /** Those that its handlers want. */
  readonly types: readonly string[];
  /** Request topics that its handlers write to. */
  readonly asks: readonly RequestTopic[];
  /** Topics of events that the service tells of itself. */
  readonly tells: readonly DomainTopic[];
}

export const groups: readonly GroupPlan[] = generatedGroups.map((group) => ({ ...group, schema: group.name }));

/** The Postgres schemas of this build: `services/<schema>/migrations`, of groups and of services that are none. */
export const schemas: readonly string[] = generatedSchemas;

/** The delays of every group's retry topics, unless TRUNKLINE_RETRY_TIERS says otherwise. */
export const retryTiers: readonly string[] = ['10s', '1m', '10m', '1h'];
