import type { KafkaConnection, TopicAdmin } from '@trunkline/kafka';
import type { Database } from '@trunkline/postgres';

import type { Progress } from '../progress.ts';

/** What an account works with. */
export interface AccountTools {
  readonly connection: KafkaConnection;
  readonly admin: TopicAdmin;
  /** As the operator, who may read every schema. */
  readonly database: Database;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}
