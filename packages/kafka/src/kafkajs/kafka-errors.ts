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
  return isOfName(thrown, 'KafkaJSGroupCoordinatorNotFound');
}

/** The cluster names no broker, or not the one that was asked for. */
export function isBrokerMissing(thrown: unknown): boolean {
  return isOfName(thrown, 'KafkaJSBrokerNotFound');
}

/** Whether it, or what kafkajs wrapped in it, is of this class. */
function isOfName(thrown: unknown, name: string): boolean {
  let error = thrown;
  for (let depth = 0; depth < 8 && error instanceof Error; depth += 1) {
    if (error.name === name) return true;
    error = error.cause;
  }
  return false;
}

/** A failure of the broker while reading or administering. */
export function brokerUnavailable(what: string, cause: unknown): TrunklineError {
  if (cause instanceof TrunklineError) return cause;
  const hint = accessHint(cause);
  const message = `Kafka: ${what}: ${messageOf(cause)}${hint === undefined ? '' : `; ${hint}`}`;
  return new TrunklineError('dependency_unavailable', message, { cause });
}

/** Of the client's words, which come without the code of the socket, those that have a fix here. */
const accessHints: readonly (readonly [words: RegExp, hint: string])[] = [
  [
    /self[- ]signed certificate|unable to (?:get|verify)/i,
    "TRUNKLINE_KAFKA_CA_FILE names the authority of the brokers' certificates",
  ],
  [/altnames|does not match certificate/i, "the brokers' certificates have to be for the names that they advertise"],
  [/certificate has expired/i, "the brokers' certificates are to be renewed"],
  [
    /wrong version number|before secure TLS connection|packet length too long/i,
    'the port may be one without TLS: TRUNKLINE_KAFKA_TLS=off, or another port in TRUNKLINE_KAFKA_BROKERS',
  ],
  [
    /certificate required|bad certificate/i,
    'TRUNKLINE_KAFKA_CERT_FILE and TRUNKLINE_KAFKA_KEY_FILE are what it asks for',
  ],
  [
    /SASL.*(?:failed|not valid)|authentication failed/i,
    'TRUNKLINE_KAFKA_USERNAME, TRUNKLINE_KAFKA_PASSWORD and TRUNKLINE_KAFKA_SASL_MECHANISM have to be those of a user of the brokers',
  ],
  [/SASL.*mechanism/i, 'the brokers do not take this TRUNKLINE_KAFKA_SASL_MECHANISM'],
  [
    // The alert of a server that expected TLS reads like a large number.
    /closed connection|no answer of Kafka/i,
    'where the brokers want TLS or a login: TRUNKLINE_KAFKA_TLS, TRUNKLINE_KAFKA_SASL_MECHANISM',
  ],
];

/** What to look at when a broker does not let us in; undefined where it says nothing of that kind. */
function accessHint(thrown: unknown): string | undefined {
  const type = protocolErrorType(thrown);
  // Not in the words of an error that stands for several.
  if (type?.endsWith('_AUTHORIZATION_FAILED') === true)
    return `our user lacks a right there (${type}): trunkline acls plan`;
  const words = messageOf(thrown);
  return accessHints.find(([pattern]) => pattern.test(words))?.[1];
}

export function topicMissing(topics: readonly string[]): TrunklineError {
  return new TrunklineError(
    'config_invalid',
    `Kafka has no topic ${topics.join(', ')}; create it with: trunkline topics apply`,
  );
}
