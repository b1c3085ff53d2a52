import { applyEvents, type RegisteredHandler } from '@trunkline/consumer';
import { applicable, applicableRequest, suiteDatabase, testOffers, testRecord } from '@trunkline/consumer/testing';
import { type EventTypeOf, type PayloadOf, type RecordOf, sealRequest, type StatedTopic } from '@trunkline/events';
import { describe, expect, inject, it } from 'vitest';

import { handlers } from './handlers/index.ts';
import { directory } from './testing/directory.ts';
import { service } from './testing/service.ts';

/** All that the service does, as it does it: what an erasure takes from the books, and what it leaves. */

const offers = await testOffers('payments', { directory, clock: () => 60_000 });
const registered = handlers(offers);
const handlerOf = (topic: string): RegisteredHandler => {
  const found = registered.find((handler) => handler.topic === topic);
  if (found === undefined) throw new TypeError(`no handler of ${topic}`);
  return found;
};

const email = 'wilhelmina@example.com';
const erasedAt = 50_000;
const eur = { amount: 500, currency: 'EUR' };
const attributesJson = '{"gift_for":"Wilhelmina"}';

/** What Stripe says, whose kinds are not the names of our tables. */
const kinds: Readonly<Record<string, string>> = { payment: 'payment_intent', checkout: 'checkout.session' };

function said<T extends StatedTopic>(
  topic: T,
  [state, entityId, occurredAt]: readonly [state: string, entityId: string, occurredAt: number],
  stated: Partial<PayloadOf<T>>,
): RecordOf<T> {
  const [, entity = ''] = /^payments\.(.+)\.v1$/.exec(topic) ?? [];
  // Only states of the topic are asked for.
  const type = `payments.${entity}.${state}` as EventTypeOf<T>;
  return testRecord({ topic, type, kind: kinds[entity] ?? entity, entityId, occurredAt, stated });
}

const checkout = said('payments.checkout.v1', ['completed', 'cs_1', 1_000], {
  status: 'completed',
  total: 500,
  currency: 'EUR',
  customerId: 'cus_1',
  customerEmail: email,
  customerPhone: '+4915112345678',
  clientReference: 'cart of Wilhelmina',
  attributesJson,
  paymentId: 'pi_1',
});
const succeeded = said('payments.payment.v1', ['succeeded', 'pi_1', 1_000], {
  status: 'succeeded',
  ...eur,
  amountReceived: 500,
  customerId: 'cus_1',
  payerEmail: null,
  attributesJson,
});
/** Only the charge knows whose the payment is. */
const charged = said('payments.payment.v1', ['updated', 'pi_1', 1_500], {
  payerEmail: email,
  cardBrand: 'visa',
  cardLast4: '4242',
});
const refunded = said('payments.refund.v1', ['succeeded', 're_1', 2_000], {
  status: 'succeeded',
  ...eur,
  paymentId: 'pi_1',
  attributesJson,
});
const disputed = said('payments.dispute.v1', ['opened', 'dp_1', 3_000], {
  status: 'opened',
  ...eur,
  paymentId: 'pi_1',
  attributesJson,
});
const paidOut = said('payments.payout.v1', ['paid', 'po_1', 4_000], { status: 'paid', ...eur });
const told = [checkout, succeeded, charged, refunded, disputed, paidOut];

/** Of the event with which the CRM told it. */
const cause = 'evt_47fca7c8db0b51af89a63cf6e0ed9357';
const erasure = sealRequest(
  {
    topic: 'privacy.erasure_request.v1',
    type: 'privacy.erasure_request.erase',
    cause,
    causedBy: cause,
    handler: 'test',
    qualifier: '',
    payload: { addressDigest: offers.digest('tnt_a', email).toString('hex'), erasedAt },
  },
  { tenantId: 'tnt_a', group: 'crm', requestedAtMs: 90_000, installationKey: undefined },
).record;

describe('a customer who is erased', () => {
  const suite = suiteDatabase({ adminUrl: inject('stack').postgresAdminUrl, service });

  /** Each in a transaction of its own. */
  async function tell(records: readonly RecordOf<StatedTopic>[]): Promise<void> {
    for (const record of records) {
      const topic = `payments.${record.metadata.type.split('.')[1] ?? ''}.v1`;
      await applyEvents(suite.database, [applicable(handlerOf(topic), record)], { deadlineMs: 60_000 });
    }
  }

  async function erase(): Promise<void> {
    const item = applicableRequest(handlerOf('privacy.erasure_request.v1'), erasure);
    await applyEvents(suite.database, [item], { deadlineMs: 60_000 });
  }

  const rowOf = async (table: string, id: string): Promise<unknown> =>
    (await suite.test.admin(`SELECT * FROM payments.${table} WHERE entity_id = $1`, [id]))[0];

  async function books(): Promise<unknown> {
    return {
      balance: await suite.test.admin('SELECT * FROM payments.balance ORDER BY ledger_account'),
      postings: await suite.test.admin('SELECT * FROM payments.posting ORDER BY object_id, posting'),
      facts: await suite.test.admin('SELECT * FROM payments.ledger_fact ORDER BY object_id, fact'),
    };
  }

  it('is gone from checkout, payment, refund and dispute, whose amounts and ids stay', async () => {
    await tell(told);

    await erase();

    const gone = { attributes_json: null, erased_at: new Date(erasedAt) };
    expect(await rowOf('checkout', 'cs_1')).toMatchObject({
      ...gone,
      customer_email: null,
      customer_phone: null,
      client_reference: null,
      customer_id: 'cus_1',
      payment_id: 'pi_1',
      total: '500',
    });
    expect(await rowOf('payment', 'pi_1')).toMatchObject({
      ...gone,
      payer_email: null,
      card_last4: null,
      card_brand: 'visa',
      customer_id: 'cus_1',
      amount_received: '500',
    });
    expect(await rowOf('refund', 're_1')).toMatchObject({ ...gone, payment_id: 'pi_1', amount: '500' });
    expect(await rowOf('dispute', 'dp_1')).toMatchObject({ ...gone, payment_id: 'pi_1', amount: '500' });
  });

  it('is gone from them, too, where all is told after the erasure, and again', async () => {
    await erase();
    await tell(told.toReversed());
    // A replay into an inbox that has forgotten the ids.
    await suite.test.admin('DELETE FROM payments.inbox');
    await tell(told);

    const kept = await suite.test.admin<{ readonly row: string }>(`
SELECT t::text AS row FROM payments.checkout t UNION ALL SELECT t::text FROM payments.payment t
UNION ALL SELECT t::text FROM payments.refund t UNION ALL SELECT t::text FROM payments.dispute t`);
    expect(kept).toHaveLength(4);
    expect(kept.filter(({ row }) => /wilhelmina|4915112345678|4242/i.test(row))).toEqual([]);
  });

  it('leaves the ledger as it is, word for word, and sound when more is told', async () => {
    await tell(told);
    const before = await books();

    await erase();

    expect(await books()).toEqual(before);
    await tell([said('payments.dispute.v1', ['closed', 'dp_1', 60_000], { status: 'closed', outcome: 'won', ...eur })]);
    expect(await suite.test.admin('SELECT * FROM payments.ledger_difference')).toEqual([]);
    expect(await suite.test.admin(`SELECT posting FROM payments.posting WHERE object_id = 'dp_1' ORDER BY 1`)).toEqual([
      { posting: 'reinstated' },
      { posting: 'withdrawn' },
    ]);
  });

  it('is kept with what they buy after it: they came back', async () => {
    await tell(told);
    await erase();

    await tell([
      said('payments.payment.v1', ['succeeded', 'pi_2', 70_000], { status: 'succeeded', ...eur, payerEmail: email }),
      said('payments.refund.v1', ['succeeded', 're_2', 80_000], {
        status: 'succeeded',
        ...eur,
        paymentId: 'pi_2',
        attributesJson,
      }),
    ]);

    expect(await rowOf('payment', 'pi_2')).toMatchObject({ payer_email: email, erased_at: null });
    expect(await rowOf('refund', 're_2')).toMatchObject({ attributes_json: attributesJson, erased_at: null });
  });
});
