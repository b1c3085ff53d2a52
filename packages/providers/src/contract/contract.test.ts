import { inspect } from 'node:util';

import { httpStatusOf } from '@trunkline/core';
import { describe, expect, expectTypeOf, it } from 'vitest';

import { providers } from '../catalogue.ts';
import { stripe } from '../stripe/index.ts';
import type { StripeOptions } from '../stripe/options.ts';
import { deliveryOf, settingsWith, signed, type Subject } from '../testing/conformance.ts';
import { conformanceNowMs } from '../testing/describe-provider.ts';
import { archivedHeaders, archivedQuery } from './archive.ts';
import { verifyDelivery, type VerifiedDelivery } from './delivery.ts';
import { normalizeDelivery, replyTo } from './normalize.ts';
import type { ProviderDefinition } from './provider.ts';
import { headerOf, type ReceivedRequest } from './request.ts';
import { Secret } from './secret.ts';
import { codeOfStep, type RejectionStep, rejectionSteps } from './verdict.ts';

describe('a verified delivery', () => {
  it('is a type that nothing but the verification makes', () => {
    type Lookalike = Pick<VerifiedDelivery<StripeOptions>, keyof VerifiedDelivery<StripeOptions>>;

    expectTypeOf(normalizeDelivery<StripeOptions>)
      .parameter(1)
      .toEqualTypeOf<VerifiedDelivery<StripeOptions>>();
    // Same members, spread of a real one, a bare request: none of them is one.
    expectTypeOf<Lookalike>().not.toExtend<VerifiedDelivery<StripeOptions>>();
    expectTypeOf<{ request: ReceivedRequest }>().not.toExtend<VerifiedDelivery<StripeOptions>>();
    expectTypeOf<ReceivedRequest>().not.toExtend<Parameters<typeof stripe.normalize>[0]>();
    expectTypeOf<VerifiedDelivery<StripeOptions>>().toExtend<VerifiedDelivery>();
  });

  it('of one provider is not normalised by another', () => {
    const delivery = deliveryOf(subject(), signed(subject()));
    const impostor: ProviderDefinition<StripeOptions> = { ...stripe, name: 'impostor' };

    const { verdict, reason } = normalizeDelivery(impostor, delivery);

    expect({ verdict, reason }).toEqual({
      verdict: 'unnormalised',
      reason: 'it was verified as stripe, not as impostor',
    });
  });
});

describe('a provider that throws', () => {
  it('in verify refuses the request and does not quote it', () => {
    const throwing = {
      ...stripe,
      verify: (): never => {
        throw new RangeError('secret body');
      },
    };

    const result = verifyDelivery(
      { provider: throwing, settings: subject().settings },
      subject().request,
      conformanceNowMs,
    );

    expect(result).toEqual({
      ok: false,
      step: 'verification_failed',
      code: 'verification_unavailable',
      detail: 'the verification of stripe failed with a RangeError',
    });
  });

  it('in normalize keeps the delivery whole', () => {
    const throwing = {
      ...stripe,
      normalize: (): never => {
        throw new TypeError('secret body');
      },
    };
    const delivery = deliveryOf(subject(), signed(subject()));

    const { verdict, reason, events } = normalizeDelivery(throwing, delivery);

    expect({ verdict, reason }).toEqual({
      verdict: 'unnormalised',
      reason: 'the normaliser of stripe failed with a TypeError',
    });
    expect(events).toHaveLength(1);
    expect(events[0]).toMatchObject({ topic: 'integration.event.v1', payload: { body: subject().request.body } });
  });

  it('in reply is answered for with a plain 200', () => {
    const throwing: ProviderDefinition<StripeOptions> = {
      ...stripe,
      reply: (): never => {
        throw new TypeError('no');
      },
    };
    const delivery = deliveryOf(subject(), signed(subject()));

    const reply = replyTo(throwing, delivery, { verdict: 'ignored', events: [] });

    expect(reply.status).toBe(200);
  });
});

describe('a rejection', () => {
  const ours: readonly RejectionStep[] = ['no_usable_secret', 'verification_failed'];

  it.for(rejectionSteps.filter((step) => !ours.includes(step)))('at %s is a 401', (step) => {
    expect(httpStatusOf(codeOfStep[step])).toBe(401);
  });

  it.for(ours)('at %s is our own trouble: a 503, after which senders come again', (step) => {
    expect(httpStatusOf(codeOfStep[step])).toBe(503);
  });
});

describe('a header', () => {
  const request: ReceivedRequest = {
    method: 'POST',
    target: '/',
    publicUrl: '',
    headers: [
      ['X-A', '1'],
      ['x-b', ''],
      ['X-a', '1'],
    ],
    body: new Uint8Array(),
  };

  it('is found by any letter case, may be empty, and is many even when both are equal', () => {
    expect(headerOf(request, 'X-B')).toEqual({ kind: 'one', value: '' });
    expect(headerOf(request, 'x-c')).toEqual({ kind: 'absent' });
    expect(headerOf(request, 'x-a')).toEqual({ kind: 'many' });
  });
});

describe('what is archived', () => {
  it('withholds every value that is not known to be harmless', () => {
    const kept = archivedHeaders(
      [
        ['Content-Type', 'text/plain'],
        ['Authorization', 'Bearer x'],
        ['X-Forwarded-For', '192.0.2.1'],
        ['X-Event', 'e'],
        ['User-Agent', 'u'.repeat(2_000)],
      ],
      ['x-event', 'authorization'],
    );

    expect(kept).toEqual([
      { name: 'content-type', value: 'text/plain' },
      { name: 'authorization', value: null },
      { name: 'x-forwarded-for', value: null },
      { name: 'x-event', value: 'e' },
      { name: 'user-agent', value: null },
    ]);
  });

  it('withholds credentials of the query', () => {
    expect(archivedQuery('/hooks/src_x?a=1&token=abc&bodySHA256&API_KEY=k')).toBe(
      'a=1&token=[withheld]&bodySHA256&API_KEY=[withheld]',
    );
    expect(archivedQuery('/hooks/src_x')).toBeNull();
    expect(archivedQuery('/hooks/src_x?')).toBeNull();
  });
});

describe('a secret', () => {
  it('shows itself to nobody but reveal', () => {
    const secret = new Secret('whsec_hidden', { name: 'env:X' });

    expect(secret.reveal()).toBe('whsec_hidden');
    expect(
      `${inspect(secret)} ${JSON.stringify({ secret })} ${String(secret)} ${inspect({ deep: [secret] })}`,
    ).not.toContain('hidden');
  });
});

describe('the catalogue of providers', () => {
  it('names each once, in the form that records carry', () => {
    const names = providers.map((provider) => provider.name);

    expect(new Set(names).size).toBe(names.length);
    expect(names.filter((name) => !/^[a-z0-9_]+$/.test(name))).toEqual([]);
  });

  it('leaves every source some patience within what providers have', () => {
    expect(providers.filter(({ acceptDeadlineMs }) => acceptDeadlineMs < 500 || acceptDeadlineMs > 8_000)).toEqual([]);
  });
});

function subject(): Subject<StripeOptions> {
  const settings = settingsWith(stripe, { options: {}, account: 'acct_1', secrets: [new Secret('whsec_contract')] });
  const target = '/hooks/src_fixture';
  const request = {
    method: 'POST',
    target,
    publicUrl: `https://hooks.example.com${target}`,
    headers: [],
    body: Buffer.from('{}'),
  };
  return { definition: stripe, settings, request, nowMs: conformanceNowMs };
}
