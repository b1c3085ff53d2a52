import { headerOf, type ReceivedRequest, singleHeader } from '../contract/request.ts';
import type { Secret } from '../contract/secret.ts';
import { rejected, type Verdict } from '../contract/verdict.ts';
import { headerHmac, type HeaderHmacScheme, rawBody } from '../schemes/header-hmac.ts';
import type { Scheme } from '../schemes/scheme.ts';

/** Shopify has two families of headers: those of its webhooks, and those of its newer events. */
export interface HeaderFamily {
  readonly signature: string;
  readonly topic: string;
  readonly shop: string;
  /** The same at each attempt. */
  readonly eventId: string;
  /** When it happened, whatever the attempt. */
  readonly triggeredAt: string;
  /** Beside the topic, in the newer family. */
  readonly action?: string;
}

export const webhookHeaders: HeaderFamily = {
  signature: 'X-Shopify-Hmac-Sha256',
  topic: 'X-Shopify-Topic',
  shop: 'X-Shopify-Shop-Domain',
  eventId: 'X-Shopify-Event-Id',
  triggeredAt: 'X-Shopify-Triggered-At',
};

export const eventHeaders: HeaderFamily = {
  signature: 'shopify-hmac-sha256',
  topic: 'shopify-topic',
  shop: 'shopify-shop-domain',
  eventId: 'shopify-event-id',
  triggeredAt: 'shopify-triggered-at',
  action: 'shopify-action',
};

/** https://shopify.dev/docs/apps/build/webhooks/subscribe/https: the key is the app's client secret as text. */
function schemeOf(family: HeaderFamily): HeaderHmacScheme {
  return headerHmac({
    header: family.signature,
    algorithm: 'sha256',
    encoding: 'base64',
    prefix: '',
    message: rawBody,
    notProven: [
      `The headers, ${family.topic} among them: whoever holds a signed body can post it under another topic.`,
    ],
  });
}

/** The family whose headers are read: the newer one where it signed the request. */
export function familyOf(request: ReceivedRequest): HeaderFamily {
  return isSignedAs(request, eventHeaders) ? eventHeaders : webhookHeaders;
}

function isSignedAs(request: ReceivedRequest, family: HeaderFamily): boolean {
  return headerOf(request, family.signature).kind !== 'absent';
}

export const shopifyScheme: Scheme = {
  coverage: schemeOf(webhookHeaders).coverage,
  verify: (request, secrets: readonly Secret[], nowMs): Verdict => {
    if (request.body.length === 0) {
      return rejected('signature_mismatch', 'the body is empty, and Shopify signs no empty body');
    }
    const verdict = schemeOf(familyOf(request)).verify(request, secrets, nowMs);
    // With both families there, both have to be right: neither may be a way around the other. They sign the same bytes
    // with the same key, so the body is not digested again to see whether the second is equal to the first.
    if (!verdict.accepted || !isSignedAs(request, eventHeaders) || !isSignedAs(request, webhookHeaders)) return verdict;
    const other = headerOf(request, webhookHeaders.signature);
    if (other.kind === 'one' && other.value === singleHeader(request, eventHeaders.signature)) return verdict;
    return rejected('signature_mismatch', `${webhookHeaders.signature} is not ${eventHeaders.signature}`);
  },
  /** In the family of the topic that the request has. */
  sign: (request, secret, nowMs) => {
    const isEvent = headerOf(request, eventHeaders.topic).kind !== 'absent';
    return schemeOf(isEvent ? eventHeaders : webhookHeaders).sign(request, secret, nowMs);
  },
};
