import { errorTable, type ErrorCode, newDeliveryId, TrunklineError } from '@trunkline/core';
import { plainAccepted } from '@trunkline/providers';
import { describe, expect, it } from 'vitest';

import { Refusal } from '../refusal.ts';
import { acceptedReply, refusedReply } from './answer.ts';

// Object.keys widens; the keys of the table are the codes by its definition.
const codes = Object.keys(errorTable) as ErrorCode[];

describe('refusedReply', () => {
  it.each(codes)('tells of %s a code and a fixed sentence, never the detail', (code) => {
    const reply = refusedReply(new Refusal({ step: 'internal', code, detail: 'marker', cause: new Error('marker') }));

    expect(Object.keys(JSON.parse(reply.body))).toEqual(['error', 'message']);
    expect(JSON.stringify(reply)).not.toContain('marker');
  });

  it('names a wait with every 503, in whole seconds and at least one', () => {
    const waits = [undefined, 1, 2_500].map((retryAfterMs) => {
      const cause = retryAfterMs === undefined ? undefined : new TrunklineError('overloaded', 'x', { retryAfterMs });
      return refusedReply(new Refusal({ step: 'publish', code: 'overloaded', detail: '', cause })).headers[
        'retry-after'
      ];
    });

    expect(waits).toEqual(['5', '1', '3']);
  });

  it('uses the status a provider understands where it misreads the usual one', () => {
    const reply = refusedReply(
      new Refusal({ step: 'missing_header', code: 'signature_missing', detail: '', status: 503 }),
    );

    expect(reply.status).toBe(503);
  });
});

describe('refusedReply to a provider that throws away what is answered with 503', () => {
  it('asks it to come again in the way it understands, and leaves every other refusal as it is', () => {
    const away = new Refusal({ step: 'publish', code: 'publish_unavailable', detail: '' });
    const forged = new Refusal({ step: 'signature_mismatch', code: 'signature_invalid', detail: '' });

    expect(refusedReply(away, { unavailableStatus: 429 })).toMatchObject({
      status: 429,
      headers: { 'retry-after': '5' },
    });
    expect(refusedReply(forged, { unavailableStatus: 429 }).status).toBe(401);
  });
});

describe('refusedReply above a limit', () => {
  const above = new Refusal({ step: 'rate', code: 'rate_limited', detail: '', retryAfterMs: 1_200 });

  it('is 429 and says in whole seconds when to come again', () => {
    expect(refusedReply(above)).toMatchObject({ status: 429, headers: { 'retry-after': '2' } });
  });

  it('has the status of a provider that repeats after nothing else', () => {
    expect(refusedReply(above, { rateLimitedStatus: 503 })).toMatchObject({
      status: 503,
      headers: { 'retry-after': '2' },
    });
  });

  it('does not become the status of a provider for our own trouble', () => {
    expect(refusedReply(above, { unavailableStatus: 500 }).status).toBe(429);
  });
});

describe('acceptedReply', () => {
  it('lists delivery and events as JSON unless the provider has an answer of its own', () => {
    const deliveryId = newDeliveryId(0);

    const ours = acceptedReply(plainAccepted, deliveryId, ['evt_1', 'evt_2']);
    const none = acceptedReply(plainAccepted, deliveryId, []);
    const theirs = acceptedReply({ status: 204, headers: {}, body: '' }, deliveryId, ['evt_1']);

    expect(JSON.parse(String(ours.body))).toEqual({ delivery: deliveryId, events: ['evt_1', 'evt_2'] });
    expect(JSON.parse(String(none.body))).toEqual({ delivery: deliveryId, events: [] });
    expect(theirs).toEqual({ status: 204, headers: {}, body: '' });
  });
});
