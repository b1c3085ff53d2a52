import type { EventCodec } from '@trunkline/events';
import type { KafkaConnection } from '@trunkline/kafka';

import type { CommandContext } from '../context.ts';
import type { JournalIndex } from './journal-index.ts';

/** What a search works with. */
export interface SearchTools {
  readonly context: CommandContext;
  readonly connection: KafkaConnection;
  readonly codec: EventCodec;
  /** Where one runs. */
  readonly index: JournalIndex | undefined;
  /** How far back topics are read when nothing says where a record is. */
  readonly sinceMs: number;
  /** Told of each part that could not be looked at, one sentence each. */
  readonly onGap: (gap: string) => void;
}
