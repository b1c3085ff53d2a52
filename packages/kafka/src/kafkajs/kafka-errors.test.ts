import { TrunklineError } from '@trunkline/core';
import { describe, expect, it } from 'vitest';

import { brokerUnavailable, isCoordinatorMissing, protocolErrorType, topicMissing } from './kafka-errors.ts';

const typed = (type: string): Error => Object.assign(new Error('told by the broker'), { type });
const wrapped = (cause: unknown, times: number): unknown =>
  times === 0 ? cause : wrapped(new Error('wrapped', { cause }), times - 1);

describe('the protocol error of what kafkajs threw', () => {
  it.each([0, 1, 4])('is found below %i wrappings', (times) => {
    expect(protocolErrorType(wrapped(typed('MESSAGE_TOO_LARGE'), times))).toBe('MESSAGE_TOO_LARGE');
  });

  it('is the first one where several topics failed', () => {
    const several = Object.assign(new Error('several'), { errors: [typed('NOT_LEADER'), typed('REQUEST_TIMED_OUT')] });

    expect(protocolErrorType(wrapped(several, 1))).toBe('NOT_LEADER');
  });

  it.each([['text'], [undefined], [new Error('a socket')], [Object.assign(new Error('none'), { errors: [] })]])(
    'is none where the broker told none: %s',
    (thrown) => {
      expect(protocolErrorType(thrown)).toBeUndefined();
    },
  );

  it('is not looked for without end in an error that is its own cause', () => {
    const round = new Error('round');
    round.cause = round;

    expect(protocolErrorType(round)).toBeUndefined();
    expect(isCoordinatorMissing(round)).toBe(false);
  });
});

describe('a broker that does not let us in', () => {
  it.each([
    [
      'a certificate of an authority that nobody named',
      new Error('self-signed certificate'),
      'TRUNKLINE_KAFKA_CA_FILE',
    ],
    ['a wrong password', new Error('SASL SCRAM SHA512 authentication failed: …'), 'TRUNKLINE_KAFKA_PASSWORD'],
    ['a login that it wants', new Error('Closed connection'), 'TRUNKLINE_KAFKA_SASL_MECHANISM'],
    [
      'a right that is missing',
      Object.assign(new Error('Topic creation errors'), { errors: [typed('CLUSTER_AUTHORIZATION_FAILED')] }),
      'trunkline acls plan',
    ],
  ])('for %s is told with what helps', (_what, cause, help) => {
    expect(brokerUnavailable('asking', cause).message).toContain(help);
  });

  it('is not suspected where a broker is away', () => {
    expect(brokerUnavailable('asking', new Error('connect ECONNREFUSED')).message).toBe(
      'Kafka: asking: connect ECONNREFUSED',
    );
  });
});

describe('a missing coordinator', () => {
  it('is told from other failures, wrapped or not', () => {
    const missing = Object.assign(new Error('no coordinator'), { name: 'KafkaJSGroupCoordinatorNotFound' });

    expect(isCoordinatorMissing(missing)).toBe(true);
    expect(isCoordinatorMissing(wrapped(missing, 3))).toBe(true);
    expect(isCoordinatorMissing(wrapped(typed('NOT_COORDINATOR'), 1))).toBe(false);
  });
});

describe('a failure of the broker', () => {
  it('is an outage that names what was done, with what was thrown as its cause', () => {
    const cause = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });

    expect(brokerUnavailable('reading', cause)).toMatchObject({
      code: 'dependency_unavailable',
      message: 'Kafka: reading: connect ECONNREFUSED',
      cause,
    });
  });

  it('of ours stays what it is', () => {
    const error = new TrunklineError('config_invalid', 'no such topic');

    expect(brokerUnavailable('reading', error)).toBe(error);
  });

  it('that is a missing topic names the topic and the command that makes it', () => {
    expect(topicMissing(['a.v1', 'b.v1'])).toMatchObject({
      code: 'config_invalid',
      message: expect.stringMatching(/a\.v1, b\.v1.*trunkline topics apply/),
    });
  });
});
