import type { DomainTopic } from '@trunkline/events';

import { generatedGroups } from './generated/groups.ts';

/**
 * The consumer groups of this build, in one list: topics, migrations, `npm start`, the CLI and the tests are made from
 * it. It follows from the handlers of the services: npm run generate.
 */

/** A consumer group: its topics, and the Postgres schema that holds its inbox and projections. */
export interface GroupPlan {
  /** Also the folder below services/. */
  readonly name: string;
  readonly schema: string;
  readonly topics: readonly DomainTopic[];
}

export const groups: readonly GroupPlan[] = generatedGroups.map((group) => ({ ...group, schema: group.name }));

/** The delays of every group's retry topics, unless TRUNKLINE_RETRY_TIERS says otherwise. */
export const retryTiers: readonly string[] = ['10s', '1m', '10m', '1h'];
