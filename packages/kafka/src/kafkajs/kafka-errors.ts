import { messageOf, TrunklineError } from '@trunkline/core';

/** The protocol error type ("MESSAGE_TOO_LARGE") behind what kafkajs threw: it wraps errors up to four deep. */
export function protocolErrorType(thrown: unknown): string | undefined {
  let error = thrown;
  for (let depth = 0; depth < 8 && typeof error === 'object' && error !== null; depth += 1) {
    if ('type' in error && typeof error.type === 'string') return error.type;
    // kafkajs collects the failures of several topics in an error with `errors`.
    if ('errors' in error && Array.isArray(error.errors) && error.errors.length > 0) error = error.errors[0];
    else error = 'cause' in error ? error.cause : undefined;
  }
  return undefined;
}

/**
 * No broker could name the coordinator of a group: what a cluster says for the first seconds after its start. kafkajs
 * takes it for a mistake that no repetition can help.
 */
export function isCoordinatorMissing(thrown: unknown): boolean {
  let error = thrown;
  for (let depth = 0; depth < 8 && error instanceof Error; depth += 1) {
    if (error.name === 'KafkaJSGroupCoordinatorNotFound') return true;
    error = error.cause;
  }
  return false;
}

/** A failure of the broker while reading or administering. */
export function brokerUnavailable(what: string, cause: unknown): TrunklineError {
  if (cause instanceof TrunklineError) return cause;
  return new TrunklineError('dependency_unavailable', `Kafka: ${what}: ${messageOf(cause)}`, { cause });
}

export function topicMissing(topics: readonly string[]): TrunklineError {
  return new TrunklineError(
    'config_invalid',
    `Kafka has no topic ${topics.join(', ')}; create it with: trunkline topics apply`,
  );
}
