import fc from 'fast-check';

import type { LedgerRecord } from './model.ts';
import { told } from './records.ts';

/** A history and one of the ways in which it may arrive. */
export interface Arrangement {
  readonly history: readonly LedgerRecord[];
  readonly steps: readonly Step[];
}

/** One batch; `isForgotten`: the inbox knows nothing of what came before. */
interface Step {
  readonly records: readonly LedgerRecord[];
  readonly isForgotten: boolean;
}

const tenants = ['tnt_a', 'tnt_b'] as const;
const sources = ['src_1', 'src_2'] as const;

/** Five objects of which different things are said, some of them again, by another source or as a correction. */
const event: fc.Arbitrary<LedgerRecord> = fc
  .record({
    tenantId: fc.constantFrom(...tenants),
    sourceId: fc.constantFrom(...sources),
    what: fc.constantFrom(
      ['payment', 'pi_1', 'succeeded'],
      ['payment', 'pi_1', 'failed'],
      ['payment', 'pi_2', 'succeeded'],
      ['refund', 're_1', 'succeeded'],
      ['refund', 're_1', 'failed'],
      ['dispute', 'dp_1', 'opened'],
      ['dispute', 'dp_1', 'closed', 'won'],
      ['dispute', 'dp_1', 'closed', 'lost'],
      ['payout', 'po_1', 'paid'],
      ['payout', 'po_1', 'failed'],
    ),
    occurredAt: fc.integer({ min: 1, max: 4 }),
    amount: fc.constantFrom(100, 250, 300),
    currency: fc.constantFrom('EUR', 'EUR', 'EUR', 'JPY'),
    correction: fc.constantFrom(0, 0, 0, 1, 2),
  })
  .map(
    ({ what: [entity = '', objectId = '', state = '', outcome = null], occurredAt, amount, currency, ...envelope }) => {
      const event = { state, objectId, occurredAt: occurredAt * 1_000, ...envelope };
      switch (entity) {
        case 'payment':
          return told({ ...event, topic: 'payments.payment.v1', stated: { amount, currency } });
        case 'refund':
          return told({ ...event, topic: 'payments.refund.v1', stated: { amount, currency } });
        case 'dispute':
          return told({
            ...event,
            topic: 'payments.dispute.v1',
            stated: { amount, currency, outcome, stage: 'chargeback' },
          });
        default:
          // Negative: the bank owes the merchant nothing, the merchant the provider.
          return told({
            ...event,
            topic: 'payments.payout.v1',
            stated: { amount: amount === 250 ? -250 : amount, currency },
          });
      }
    },
  );

export const arrangements: fc.Arbitrary<Arrangement> = fc
  .uniqueArray(event, { minLength: 1, maxLength: 14, selector: ({ metadata }) => metadata.eventId })
  .chain((history) =>
    fc
      .record({
        copies: fc.shuffledSubarray([...history]),
        order: fc.infiniteStream(fc.nat(1_000)).map((stream) => [...stream.take(history.length * 2)]),
        sizes: fc.infiniteStream(fc.integer({ min: 1, max: 6 })).map((stream) => [...stream.take(history.length * 2)]),
        forgets: fc.infiniteStream(fc.boolean()).map((stream) => [...stream.take(history.length * 2)]),
      })
      .map(({ copies, order, sizes, forgets }) => {
        const shuffled = [...history, ...copies]
          .map((record, index) => [order[index] ?? 0, record] as const)
          .toSorted(([a], [b]) => a - b)
          .map(([, record]) => record);
        return { history, steps: stepsOf(shuffled, sizes, forgets) };
      }),
  );

/** A batch never holds an event twice: the framework sees to that. */
function stepsOf(
  records: readonly LedgerRecord[],
  sizes: readonly number[],
  forgets: readonly boolean[],
): readonly Step[] {
  const steps: Step[] = [];
  for (let begin = 0; begin < records.length;) {
    const index = steps.length;
    const batch = records.slice(begin, begin + (sizes[index] ?? 1));
    const distinct = [...new Map(batch.map((record) => [record.metadata.eventId, record])).values()];
    steps.push({ records: distinct, isForgotten: forgets[index] ?? false });
    begin += batch.length;
  }
  return steps;
}
