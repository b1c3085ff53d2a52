import type { DomainTopic } from '@trunkline/events';

/**
 * The consumer groups of this build, in one list: topics, migrations, `npm start`, the CLI and the tests are made from
 * it. test/repo compares it with the services.
 */

/** A consumer group: its topics, and the Postgres schema that holds its inbox and projections. */
export interface GroupPlan {
  /** Also the folder below services/. */
  readonly name: string;
  readonly schema: string;
  readonly topics: readonly DomainTopic[];
}

export const groups: readonly GroupPlan[] = [
  {
    name: 'telephony',
    schema: 'telephony',
    topics: ['telephony.call.v1', 'telephony.recording.v1', 'telephony.transcript.v1', 'telephony.message.v1'],
  },
  {
    name: 'payments',
    schema: 'payments',
    topics: [
      'payments.payment.v1',
      'payments.invoice.v1',
      'payments.subscription.v1',
      'payments.refund.v1',
      'payments.dispute.v1',
      'payments.checkout.v1',
      'payments.payout.v1',
    ],
  },
];

/** The delays of every group's retry topics, unless TRUNKLINE_RETRY_TIERS says otherwise. */
export const retryTiers: readonly string[] = ['10s', '1m', '10m', '1h'];
