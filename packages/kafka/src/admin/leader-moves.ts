import { protocolErrorType } from '../kafkajs/kafka-errors.ts';
import { askAgainWhile } from './ask-again.ts';

const moves: ReadonlySet<string> = new Set([
  'NOT_LEADER_FOR_PARTITION',
  'LEADER_NOT_AVAILABLE',
  'REPLICA_NOT_AVAILABLE',
  'NOT_COORDINATOR_FOR_GROUP',
  'GROUP_LOAD_IN_PROGRESS',
  'GROUP_COORDINATOR_NOT_AVAILABLE',
]);

/**
 * Asks again where a broker says that it is not, or not yet, the leader of a partition or the coordinator of a group: a
 * moment after a topic or the first group is made, and where one moves. kafkajs gives up at once where it asks for
 * offsets. Rejects with the last answer after 15 s: on a busy machine the first group takes as long as that.
 */
export async function whileLeadersMove<T>(ask: () => Promise<T>): Promise<T> {
  return await askAgainWhile((error) => moves.has(protocolErrorType(error) ?? ''), ask);
}
