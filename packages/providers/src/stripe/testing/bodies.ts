import { loadFixture, requestOf } from '../../fixtures.ts';
import { deliveryOf, settingsWith, type Subject } from '../../testing/conformance.ts';
import { stripe } from '../index.ts';
import { normalizeStripe } from '../normalize.ts';
import type { StripeOptions } from '../options.ts';

/** 2026-03-02T10:15:30Z, when every delivery of these is received. */
const nowMs = Date.UTC(2026, 2, 2, 10, 15, 30);

interface StripeObject {
  readonly [name: string]: unknown;
  readonly items: { readonly data: readonly object[] };
  readonly lines: { readonly data: readonly object[] };
}

export function eventOf(fixture: string): { readonly data: { readonly object: StripeObject } } {
  return JSON.parse(Buffer.from(loadFixture('stripe', fixture).request.body).toString('utf8'));
}

export function objectOf(fixture: string): StripeObject {
  return eventOf(fixture).data.object;
}

/** The event of a fixture under another name, with members of its object replaced. */
export function normalizeObject(type: string, members: object, fixture = type): ReturnType<typeof normalizeStripe> {
  const object = { ...objectOf(fixture), ...members };
  return normalizeBody({ ...eventOf(fixture), type, data: { object } });
}

export function subjectWith(options: unknown = { modes: ['test'] }): Subject<StripeOptions> {
  const settings = settingsWith(stripe, { options, account: 'acct_demo' });
  const request = requestOf(
    loadFixture('stripe', 'payment_intent.succeeded'),
    'https://hooks.example.com/hooks/src_fixture',
  );
  return { definition: stripe, settings, request, nowMs };
}

export function normalizeBody(body: unknown, options?: unknown): ReturnType<typeof normalizeStripe> {
  return normalizeText(JSON.stringify(body), options);
}

export function normalizeText(body: string | Uint8Array, options?: unknown): ReturnType<typeof normalizeStripe> {
  const subject = subjectWith(options);
  const request = stripe.sign({ ...subject.request, body: Buffer.from(body) }, subject.settings, subject.nowMs);
  return normalizeStripe(deliveryOf(subject, request));
}
