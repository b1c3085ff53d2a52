import type { ProviderDefinition } from '../contract/provider.ts';
import { singleHeader } from '../contract/request.ts';
import { firstSecret } from '../contract/settings.ts';
import { paypalMappings } from './facts.ts';
import { normalizePaypal } from './normalize.ts';
import { type PaypalOptions, paypalOptions } from './options.ts';
import { passedOn } from './passed-on.ts';
import { asTransmission, generateSecret, paypalScheme, paypalSecretFlaw } from './verify.ts';

export const paypal: ProviderDefinition<PaypalOptions> = {
  name: 'paypal',
  title: 'PayPal',
  docsUrl: 'https://developer.paypal.com/api/rest/webhooks/',
  domains: ['payments'],
  scheme: "RSA-SHA256 by PayPal's certificate over transmission, webhook id and the CRC-32 of the body",
  methods: ['POST'],
  options: paypalOptions,
  // Most resources do not name the merchant they belong to.
  account: 'configured',
  accountFormat: {
    pattern: /^[A-Z0-9]{13}$/,
    example: 'RD465XN5VS364',
    whereToFind: 'PayPal, Account Settings, Business Information: the PayPal Merchant ID',
  },
  secrets: {
    label: 'Webhook ID',
    whereToFind:
      'PayPal Developer Dashboard, Apps & Credentials, the app, Webhooks: the Webhook ID beside the URL. It is what the signature is made for; there is no shared secret.',
    // Samples cannot be signed with PayPal's key: this webhook id brings a key and a certificate of its own.
    generate: generateSecret,
    flawOf: paypalSecretFlaw,
  },
  acceptDeadlineMs: 3_000,
  retries: {
    answerWithin: 'Not confirmed; answer at once.',
    schedule: 'Up to 25 times over three days; not confirmed by more than one source.',
    autoDisable: 'None is documented; not confirmed.',
    outage:
      'Nothing is lost while PayPal repeats. After that, events are sent again one by one by the dashboard or API.',
    dedupeBy: 'The id of the event (WH-…). The id of the transmission is another one each time.',
  },
  pitfalls: [
    'The webhook simulator sends events with fixed ids, some of them under several types: of two with one id the second is a repeat.',
    'A payment of a subscription is a sale, one of an order a capture; an authorization is no payment.',
  ],
  eventTypes: [
    ...paypalMappings,
    ...passedOn.map((from) => ({ from, to: 'integration.event.received' as const })),
    { from: '*', to: 'integration.event.received' },
  ],
  coverage: (options) => paypalScheme(options).coverage,
  verify: (request, settings, nowMs) => paypalScheme(settings.options).verify(request, settings, nowMs),
  sign: (request, settings, nowMs) =>
    paypalScheme(settings.options).sign(asTransmission(request, nowMs), firstSecret(settings)),
  normalize: normalizePaypal,
  signedOnce: (request) => singleHeader(request, 'PAYPAL-TRANSMISSION-ID'),
  keyMaterial: (request, settings) => paypalScheme(settings.options).needs(request),
};
