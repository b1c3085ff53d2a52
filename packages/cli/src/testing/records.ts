import { headerName } from '@trunkline/events';
import type { IncomingRecord } from '@trunkline/kafka';

/** A record on a dead-letter topic; only what matters to a case is given. */
export function deadRecord(given: Partial<IncomingRecord> = {}): IncomingRecord {
  return {
    topic: 'payments.dlt',
    partition: 0,
    offset: 0n,
    timestampMs: 1_700_000_000_000,
    key: Buffer.from('tnt_a:stripe:acct:payment:pi_1'),
    value: Buffer.from([0, 0, 0, 0, 1, 2]),
    headers: {
      [headerName.id]: `evt_${'1'.repeat(32)}`,
      [headerName.type]: 'payments.payment.succeeded',
      [headerName.exceptionCode]: 'upstream_4xx',
    },
    sizeBytes: 100,
    ...given,
  };
}
