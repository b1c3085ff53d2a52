import { createHash } from 'node:crypto';

import { eventId } from '@trunkline/core';
import { describe, expect, it } from 'vitest';

import type { EventDraft } from './draft.ts';
import { recordKey } from './key.ts';
import { maxIdLength, sealEvent } from './seal.ts';
import { deliveryContext, integrationDraft, paymentDraft, paymentPayload, receivedAtMs } from './testing/builders.ts';
import { compareVersions } from './version.ts';

const context = deliveryContext();

describe('sealing an event', () => {
  it('fills the envelope from the draft and the delivery', () => {
    const sealed = sealEvent(paymentDraft(), context);

    expect(sealed.record.metadata).toEqual({
      eventId: 'evt_47fca7c8db0b51af89a63cf6e0ed9357', // the settled vector of docs/records.md
      type: 'payments.payment.succeeded',
      tenantId: 'tnt_acme',
      sourceId: 'src_stripe',
      provider: 'stripe',
      account: 'acct_1.test',
      entityKind: 'payment_intent',
      entityId: 'pi_1',
      entityVersion: '01.001732233600000.0000000000000000.04.000.0193512b1c7b47fca7c8db0b51af89a6',
      providerEventId: 'evt_1Pabc',
      slot: 'payments.payment#',
      occurredAt: 1_732_233_600_000,
      occurredAtIsEstimated: false,
      providerSequence: null,
      receivedAt: receivedAtMs,
      deliveryId: 'dlv_0190b6a2f3c47a0e8f11223344556677',
      correction: 0,
      statedFields: ['status', 'amount', 'currency'],
      changedFields: null,
    });
    expect(sealed).toMatchObject({
      topic: 'payments.payment.v1',
      type: 'payments.payment.succeeded',
      eventId: 'evt_47fca7c8db0b51af89a63cf6e0ed9357',
      key: 'tnt_acme:stripe:acct_1.test:payment_intent:pi_1',
      subject: 'payment_intent/pi_1',
      occurredAtMs: 1_732_233_600_000,
    });
    expect(sealed.record).toMatchObject(paymentPayload());
  });

  it('gives the same event for the same delivery, and another time of receipt does not change the id', () => {
    const again = sealEvent(
      paymentDraft(),
      deliveryContext({ receivedAtMs: receivedAtMs + 60_000, deliveryId: `dlv_${'0'.repeat(32)}` }),
    );

    expect(sealEvent(paymentDraft(), context)).toEqual(sealEvent(paymentDraft(), context));
    expect(again.eventId).toBe(sealEvent(paymentDraft(), context).eventId);
  });
});

describe('the time of an event', () => {
  const versionTime = (draft: EventDraft): string =>
    sealEvent(draft, context).record.metadata.entityVersion.slice(3, 18);

  it('may be up to five minutes ahead of the receipt', () => {
    const draft = paymentDraft({ occurred: { at: receivedAtMs + 300_000, estimated: false } });

    expect(sealEvent(draft, context).record.metadata).toMatchObject({
      occurredAt: receivedAtMs + 300_000,
      occurredAtIsEstimated: false,
    });
    expect(versionTime(draft)).toBe(String(receivedAtMs + 300_000).padStart(15, '0'));
  });

  it.each([
    ['more than five minutes ahead', receivedAtMs + 300_001],
    ['before 1970', -1],
    ['not a whole number', 0.5],
    ['not a number', Number.NaN],
  ])('%s becomes the time of receipt, marked as estimated, and only fills gaps', (_name, at) => {
    const draft = paymentDraft({ occurred: { at, estimated: false } });

    expect(sealEvent(draft, context).record.metadata).toMatchObject({
      occurredAt: receivedAtMs,
      occurredAtIsEstimated: true,
    });
    expect(versionTime(draft)).toBe('000000000000000');
  });

  it('that the provider does not state is the time of receipt and only fills gaps', () => {
    const draft = paymentDraft({ occurred: { estimated: true } });

    expect(sealEvent(draft, context).record.metadata).toMatchObject({
      occurredAt: receivedAtMs,
      occurredAtIsEstimated: true,
    });
    expect(versionTime(draft)).toBe('000000000000000');
  });
});

describe('the version of an event', () => {
  const version = (draft: EventDraft, correction = 0): string =>
    sealEvent(draft, deliveryContext({ correction })).record.metadata.entityVersion;

  it('takes a lead from the draft where the status decides it', () => {
    expect(version(paymentDraft({ lead: 3 })).slice(0, 2)).toBe('03');
  });

  it('carries the provider sequence plus one', () => {
    const draft = paymentDraft({ providerSequence: 7 });

    expect(version(draft).slice(19, 35)).toBe('0000000000000008');
    expect(sealEvent(draft, context).record.metadata.providerSequence).toBe(7);
  });

  it('of a correction is newer than what it corrects, and so is its id another', () => {
    expect(compareVersions(version(paymentDraft()), version(paymentDraft(), 1))).toBeLessThan(0);
    expect(version(paymentDraft(), 12).slice(39, 42)).toBe('012');
    expect(sealEvent(paymentDraft(), deliveryContext({ correction: 1 })).eventId).not.toBe(
      sealEvent(paymentDraft(), context).eventId,
    );
  });
});

describe('the ways back of a payment', () => {
  const at = (type: EventDraft<'payments.payment.v1'>['type'], ms: number): string =>
    sealEvent(
      paymentDraft({ type, occurred: { at: ms, estimated: false }, identity: { basis: 'id', id: `${type}${ms}` } }),
      context,
    ).record.metadata.entityVersion;
  const natural = ['created', 'action_required', 'processing', 'failed'] as const;

  it('inside one tick of the clock, created < action_required < processing < failed < succeeded and canceled', () => {
    const versions = natural.map((state) => at(`payments.payment.${state}`, 1_000));

    expect(versions).toEqual(versions.toSorted());
    for (const final of ['succeeded', 'canceled'] as const) {
      for (const version of versions)
        expect(compareVersions(version, at(`payments.payment.${final}`, 1_000))).toBeLessThan(0);
    }
  });

  it('legal: after a failure the payer acts and pays again, so the later of the not final states wins', () => {
    for (const earlier of natural) {
      for (const later of natural) {
        expect(
          compareVersions(at(`payments.payment.${earlier}`, 1_000), at(`payments.payment.${later}`, 2_000)),
        ).toBeLessThan(0);
      }
    }
  });

  it('illegal: nothing later undoes succeeded or canceled', () => {
    for (const final of ['succeeded', 'canceled'] as const) {
      for (const later of natural) {
        expect(
          compareVersions(at(`payments.payment.${final}`, 1_000), at(`payments.payment.${later}`, 2_000)),
        ).toBeGreaterThan(0);
      }
    }
  });
});

describe('the identity of an event', () => {
  const idOf = (identity: EventDraft['identity']): string => sealEvent(paymentDraft({ identity }), context).eventId;
  const expected = (basis: 'id' | 'key' | 'hash' | 'rx', parts: readonly string[], qualifier = ''): string =>
    eventId({ sourceId: 'src_stripe', basis, parts, entity: 'payments.payment', qualifier, correction: 0 });

  it('by key is its parts in order', () => {
    expect(idOf({ basis: 'key', parts: ['a', '', 'b'], qualifier: 'merged/1' })).toBe(
      expected('key', ['a', '', 'b'], 'merged/1'),
    );
  });

  it('by hash is the SHA-256 of the canonical item and its occurrence', () => {
    const digest = createHash('sha256').update('{"a":"é"}').digest('hex');

    expect(idOf({ basis: 'hash', canonicalItem: '{"a":"é"}', occurrence: 2 })).toBe(expected('hash', [digest, '2']));
  });

  it('by receipt is the delivery and the index', () => {
    expect(idOf({ basis: 'rx', index: 3 })).toBe(expected('rx', ['dlv_0190b6a2f3c47a0e8f11223344556677', '3']));
  });

  it('names its slot by the qualifier', () => {
    const sealed = sealEvent(paymentDraft({ identity: { basis: 'id', id: 'x', qualifier: 'merged/151' } }), context);

    expect(sealed.record.metadata.slot).toBe('payments.payment#merged/151');
  });
});

describe('the key of an event', () => {
  it('follows another entity of the account where the draft says so', () => {
    const sealed = sealEvent(paymentDraft({ orderBy: { by: 'entity', entity: { kind: 'call', id: 'CA1' } } }), context);

    expect(sealed.key).toBe('tnt_acme:stripe:acct_1.test:call:CA1');
    expect(sealed.subject).toBe('payment_intent/pi_1');
  });

  it('has only the digest of what may be personal', () => {
    const sealed = sealEvent(
      paymentDraft({ orderBy: { by: 'personal', kind: 'pair', values: ['+15005550006', '+491701234567'] } }),
      context,
    );

    expect(sealed.key).toMatch(/^tnt_acme:stripe:acct_1\.test:pair:[0-9a-f]{64}$/);
  });

  it('of an integration event is tenant, source, and the declared value, else the provider event id, else the entity', () => {
    const declared = sealEvent(
      integrationDraft({ orderBy: { by: 'source', value: 'order:1' }, providerEventId: 'evt_2' }),
      context,
    );
    const byEvent = sealEvent(integrationDraft({ providerEventId: 'evt_2' }), context);
    const byEntity = sealEvent(integrationDraft(), context);

    expect(declared.key).toBe(recordKey(['tnt_acme', 'src_stripe', 'order:1']));
    expect(byEvent.key).toBe(recordKey(['tnt_acme', 'src_stripe', 'evt_2']));
    expect(byEntity.key).toBe(recordKey(['tnt_acme', 'src_stripe', 'dp_1']));
  });
});

describe('a draft is refused', () => {
  it.each([
    ['without an account', { account: '' }],
    ['without an entity id', { entity: { kind: 'payment_intent', id: '' } }],
    ['without a kind', { entity: { kind: '', id: 'pi_1' } }],
    ['with an empty provider event id', { providerEventId: '' }],
    ['with an id that is too long for a key', { entity: { kind: 'payment_intent', id: 'x'.repeat(maxIdLength + 1) } }],
    ['with a zero byte in an id', { entity: { kind: 'payment_intent', id: 'pi_\0' } }],
    ['with an empty id', { identity: { basis: 'id', id: '' } }],
    ['with a key of empty parts', { identity: { basis: 'key', parts: ['', ''] } }],
    ['with an empty item to hash', { identity: { basis: 'hash', canonicalItem: '', occurrence: 0 } }],
    ['with an index that is not a count', { identity: { basis: 'rx', index: -1 } }],
    ['ordered by an empty value', { orderBy: { by: 'source', value: '' } }],
    ['ordered by no personal value', { orderBy: { by: 'personal', kind: 'pair', values: [] } }],
    ['with a sequence beyond 2^53', { providerSequence: Number.MAX_SAFE_INTEGER }],
    ['with a negative sequence', { providerSequence: -1 }],
    // The compiler refuses a type of another topic; a normaliser in JavaScript would not be stopped.
    ['with a type that the topic does not carry', { type: 'payments.payment.refunded' as never }],
  ] satisfies readonly (readonly [string, Partial<EventDraft<'payments.payment.v1'>>])[])('%s', (_name, change) => {
    const draft = paymentDraft(change);

    expect(() => sealEvent(draft, context)).toThrow(expect.objectContaining({ code: 'payload_malformed' }));
  });
});
