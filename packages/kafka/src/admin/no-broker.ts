import { isBrokerMissing } from '../kafkajs/kafka-errors.ts';
import { askAgainWhile } from './ask-again.ts';

/**
 * Asks again while the cluster names no broker at all: none has joined it yet, or each was too busy for a moment to tell the
 * controller that it lives. kafkajs gives up within a second. Rejects with the last answer after 15 s.
 */
export async function whileNoBroker<T>(ask: () => Promise<T>): Promise<T> {
  return await askAgainWhile(isBrokerMissing, ask);
}
