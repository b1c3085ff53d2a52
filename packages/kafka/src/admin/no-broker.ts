import { setTimeout as delay } from 'node:timers/promises';

const deadlineMs = 15_000;
const pollMs = 100;

/**
 * Asks again while the cluster names no broker at all: none has joined it yet, or each was too busy for a moment to tell the
 * controller that it lives. kafkajs gives up within a second. Rejects with the last answer after 15 s.
 */
export async function whileNoBroker<T>(ask: () => Promise<T>): Promise<T> {
  const endsAt = performance.now() + deadlineMs;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!isBrokerMissing(error) || performance.now() > endsAt) throw error;
    }
    await delay(pollMs);
  }
}

function isBrokerMissing(thrown: unknown): boolean {
  let error = thrown;
  for (let depth = 0; depth < 8 && error instanceof Error; depth += 1) {
    if (error.name === 'KafkaJSBrokerNotFound') return true;
    error = error.cause;
  }
  return false;
}
