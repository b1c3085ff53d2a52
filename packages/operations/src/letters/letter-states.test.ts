import { headerName } from '@trunkline/events';
import { describe, expect, it } from 'vitest';

import { deadLetter, deadRecord } from '../testing/records.ts';
import { stateOf } from './letter-states.ts';

const died = (code: string) => {
  const record = deadRecord();
  return deadLetter({
    ...record,
    headers: {
      ...record.headers,
      [headerName.exceptionCode]: code,
      [headerName.originalTopic]: 'payments.payment.v1',
      [headerName.originalPartition]: '0',
      [headerName.originalOffset]: '7',
    },
  });
};
const row = (outcome: string, originalOffset: bigint) => ({
  outcome,
  originalTopic: 'payments.payment.v1',
  originalPartition: 0,
  originalOffset,
});
const discarded = { state: 'discarded' } as const;
const open = { state: 'open' } as const;

describe('the state of a dead letter', () => {
  it.each([
    { is: 'open while nothing is known of its event', state: 'open' },
    { is: 'applied when the inbox has its event', row: row('applied', 7n), state: 'applied' },
    { is: 'applied when the event came again elsewhere', row: row('applied', 9n), state: 'applied' },
    { is: 'stale when its event came too late', row: row('stale', 7n), state: 'stale' },
    { is: 'discarded when somebody put it aside', decision: discarded, state: 'discarded' },
    { is: 'open when somebody opened it again', decision: open, state: 'open' },
    { is: 'applied although it was put aside', row: row('applied', 7n), decision: discarded, state: 'applied' },
    { is: 'open when its bytes were never read', code: 'decode_failed', row: row('applied', 9n), state: 'open' },
    { is: 'open when its schema was unknown', code: 'schema_unknown', row: row('applied', 9n), state: 'open' },
    { is: 'applied when it was read after all', code: 'schema_unknown', row: row('applied', 7n), state: 'applied' },
  ])('is $is', ({ code = 'constraint_violated', row: inbox, decision, state }) => {
    expect(stateOf(died(code), inbox, decision)).toBe(state);
  });
});
