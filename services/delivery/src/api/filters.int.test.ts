import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

import { type ApiWorld, openApiWorld } from '../testing/api-world.ts';

let world: ApiWorld;
let token: string;
beforeAll(async () => {
  world = await openApiWorld(inject('stack').postgresAdminUrl);
  ({ token } = await world.key());
  // Three messages as the fan-out writes them.
  await world.test.admin(
    `INSERT INTO delivery.message (accepted_at, event_id, tenant_id, type, occurred_at, body, matched, verdicts)
     SELECT now(), lpad(to_hex(n), 32, '0')::uuid, 'tnt_a', 'payments.payment.succeeded', now(),
       convert_to(jsonb_build_object('type', 'payments.payment.succeeded', 'data', jsonb_build_object('amount', n * 1000))::text, 'UTF8'), 0, '{}'
     FROM generate_series(1, 3) AS n`,
  );
});
afterAll(() => world.close());

const check = (body: unknown) => world.ask('/v1/filters/check', { method: 'POST', token, body });

describe('POST /v1/filters/check', () => {
  it('says which of the newest messages the filter lets through', async () => {
    const { status, body } = await check({ filter: '6000 / (data.amount - 1000) > 2', types: ['payments.payment.*'] });

    expect(status).toBe(200);
    expect(body).toMatchObject({ judged: 3, matched: 2, failed: 1 });
    expect(body).toMatchObject({
      messages: expect.arrayContaining([
        {
          eventId: `evt_${'0'.repeat(31)}1`,
          type: 'payments.payment.succeeded',
          verdict: 'filter_failed',
          reason: 'division by zero',
        },
      ]),
    });
  });

  it('looks at one message where one is named', async () => {
    const one = { types: ['payments.payment.*'], eventId: `evt_${'0'.repeat(31)}2` };
    const { body } = await check({ ...one, filter: 'data.amount > 2000' });

    expect(body).toMatchObject({
      judged: 1,
      matched: 0,
      messages: [{ eventId: one.eventId, verdict: 'filter', reason: null }],
    });
  });

  it.each([
    ['a name that is misspelled', 'data.amout > 1', 'did you mean data.amount?'],
    ['a pattern that could take for ever', String.raw`data.currency.matches("(a+)\\1")`, 'invalid escape sequence'],
    ['what is not true or false', 'data.amount', 'a filter is true or false'],
  ])('refuses %s, and says where and what', async (_, filter, words) => {
    const { status, body } = await check({ filter, types: ['payments.payment.*'] });

    expect(status).toBe(422);
    expect(JSON.stringify(body)).toContain(words.replaceAll('"', String.raw`\"`));
  });
});

describe('an endpoint with a filter', () => {
  it('is made with it, shows it, and is changed to another and to none', async () => {
    const given = { url: 'https://acme.example/hooks', types: ['payments.payment.*'], filter: ' data.amount > 1000 ' };
    const made = await world.ask('/v1/endpoints', { method: 'POST', token, body: given });
    const { endpointId } = Object(made.body);
    const change = (filter: string) =>
      world.ask(`/v1/endpoints/${endpointId}`, { method: 'PATCH', token, body: { filter } });

    expect(made.body).toMatchObject({ filter: 'data.amount > 1000', filterFailure: null });
    expect((await change('data.currency == "EUR"')).body).toMatchObject({ filter: 'data.currency == "EUR"' });
    expect((await change('data.curency == "EUR"')).status).toBe(422);
    expect((await change('')).body).toMatchObject({ filter: '' });
  });
});
