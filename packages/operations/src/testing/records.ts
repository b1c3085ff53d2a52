import { headerName, readableRecordId } from '@trunkline/events';
import type { IncomingRecord } from '@trunkline/kafka';

import { type DeadLetter, letterIdOf, letterRecordOf } from '../letters/letter.ts';

/** A record on a dead-letter topic; only what matters to a case is given. */
export function deadRecord(given: Partial<IncomingRecord> = {}): IncomingRecord {
  const id = `evt_${'1'.repeat(32)}`;
  return {
    topic: 'payments.dlt',
    partition: 0,
    offset: 0n,
    timestampMs: 1_700_000_000_000,
    key: Buffer.from('tnt_a:stripe:acct:payment:pi_1'),
    value: eventBytes(id),
    headers: {
      [headerName.id]: id,
      [headerName.type]: 'payments.payment.succeeded',
      [headerName.exceptionCode]: 'upstream_4xx',
    },
    sizeBytes: 100,
    ...given,
  };
}

/** How the bytes of any event begin. */
export function eventBytes(eventId: string): Buffer {
  return Buffer.concat([Buffer.from([0, 0, 0, 0, 1, 2 * eventId.length]), Buffer.from(eventId)]);
}

/** The open letter that a record is. */
export function deadLetter(record: IncomingRecord): DeadLetter {
  return {
    id: letterIdOf('payments', record),
    eventId: readableRecordId(record.headers, record.value),
    latest: letterRecordOf(record),
    places: [`${record.partition}:${record.offset}`],
    state: 'open',
    decision: undefined,
    firstFailureAtMs: undefined,
    firstAppendMs: undefined,
    redriveCount: 0,
  };
}
