import { providerNamed } from '@trunkline/providers';
import type { ConfiguredSource } from '@trunkline/sources';
import { describe, expect, it } from 'vitest';

import { createSignedOnce } from './signed-once.ts';

const sourceOf = (name: string, sourceId = 'src_a'): ConfiguredSource => {
  const provider = providerNamed(name);
  if (provider === undefined) throw new Error(`no provider ${name}`);
  const settings = { sourceId, tenantId: 'tnt_a', secrets: [], options: {} };
  const limits = { bodyLimitBytes: 1, acceptDeadlineMs: 1, rate: { requests: 1, perMs: 1, burst: 1 } };
  return { sourceId, tenantId: 'tnt_a', provider, settings, state: 'enabled', ...limits };
};

const requestWith = (id: string, body: string): Parameters<ReturnType<typeof createSignedOnce>['refusalOf']>[1] => ({
  method: 'POST',
  target: '/hooks/src_a',
  publicUrl: 'https://h.example/hooks/src_a',
  headers: [['PAYPAL-TRANSMISSION-ID', id]],
  body: Buffer.from(body),
});

describe('a signed transmission id of PayPal', () => {
  it('has one body: it may come again, and another body under it is refused', () => {
    const signedOnce = createSignedOnce();
    const outcome = (id: string, body: string, sourceId = 'src_a'): string =>
      signedOnce.refusalOf(sourceOf('paypal', sourceId), requestWith(id, body))?.step ?? 'taken';

    expect(outcome('t1', 'a')).toBe('taken');
    expect(outcome('t1', 'a')).toBe('taken');
    expect(outcome('t1', 'b')).toBe('body_hash_mismatch');
    expect(outcome('t2', 'b')).toBe('taken');
    expect(outcome('t1', 'b', 'src_b')).toBe('taken');
  });

  it('is forgotten when many others were used since, so that memory is bounded', () => {
    const signedOnce = createSignedOnce(10);
    const paypal = sourceOf('paypal');

    for (let id = 0; id < 100; id += 1) signedOnce.refusalOf(paypal, requestWith(`t${id}`, 'a'));

    expect(signedOnce.refusalOf(paypal, requestWith('t0', 'b'))).toBeUndefined();
    expect(signedOnce.refusalOf(paypal, requestWith('t99', 'b'))).toBeDefined();
  });

  it('is asked for nowhere else: Stripe signs every byte', () => {
    const signedOnce = createSignedOnce();
    const stripe = sourceOf('stripe');

    expect(signedOnce.refusalOf(stripe, requestWith('t1', 'a'))).toBeUndefined();
    expect(signedOnce.refusalOf(stripe, requestWith('t1', 'b'))).toBeUndefined();
  });
});
