import { messageOf, TrunklineError } from '@trunkline/core';

import { protocolErrorType } from '../kafkajs/kafka-errors.ts';

/** What no repetition can help, as long as the record and the topics stay as they are. */
export function refusalOf(error: unknown): TrunklineError | undefined {
  switch (protocolErrorType(error)) {
    case 'MESSAGE_TOO_LARGE':
    case 'RECORD_LIST_TOO_LARGE':
      return new TrunklineError(
        'payload_too_large',
        'the broker refuses the record as too large for its topic; see: trunkline topics apply',
        { cause: error },
      );
    case 'UNKNOWN_TOPIC_OR_PARTITION':
    case 'INVALID_TOPIC_EXCEPTION':
      return new TrunklineError(
        'publish_unavailable',
        'the broker does not know the topic; create it with: trunkline topics apply',
        { cause: error },
      );
    case 'TOPIC_AUTHORIZATION_FAILED':
      return new TrunklineError('publish_unavailable', `the broker does not let us write: ${messageOf(error)}`, {
        cause: error,
      });
    default:
      return undefined;
  }
}
