/** Requests as Stripe sends them, signed by Stripe's own library: it, not our signer, says what is authentic. */
import type { ReceivedRequest } from '@trunkline/providers';
import { loadFixture } from '@trunkline/providers/fixtures';
import Stripe from 'stripe';

export interface PaymentEvent {
  /** `payment_intent.succeeded`, …: a fixture of the provider. */
  readonly fixture: string;
  /** A name of the test's own: each is a payment of its own, and of each fixture one event. Letters and digits. */
  readonly payment: string;
}

const { webhooks } = new Stripe('sk_test_signs_only');
const fixturePayment = 'pi_3Tkl7Demo0Payment0001';

/** The id of the payment at Stripe, and with it the entity id of its events. */
export function paymentId(payment: string): string {
  return `${fixturePayment}${payment}`;
}

/** What Stripe would post about a payment. The same event is the same bytes. */
export function paymentBody({ fixture, payment }: PaymentEvent): string {
  const { request, freshIds } = loadFixture('stripe', fixture);
  const text = Buffer.from(request.body).toString('utf8');
  return [fixturePayment, ...freshIds].reduce((body, id) => body.replaceAll(id, `${id}${payment}`), text);
}

export function paymentRequest(event: PaymentEvent, secret: string): ReceivedRequest {
  return stripeRequest(paymentBody(event), secret);
}

/** Any text, signed now. */
export function stripeRequest(body: string, secret: string, sourceId: string = 'src_stripe'): ReceivedRequest {
  const signature = webhooks.generateTestHeaderString({ payload: body, secret });
  return {
    method: 'POST',
    target: `/hooks/${sourceId}`,
    publicUrl: `http://127.0.0.1/hooks/${sourceId}`,
    headers: [
      ['content-type', 'application/json; charset=utf-8'],
      ['stripe-signature', signature],
    ],
    body: Buffer.from(body, 'utf8'),
  };
}
