import { randomBytes } from 'node:crypto';

import type { ProviderDefinition } from '../contract/provider.ts';
import { firstSecret } from '../contract/settings.ts';
import { secretLike } from '../schemes/secret-forms.ts';
import { normalizeShopify } from './normalize.ts';
import { type ShopifyOptions, shopifyOptions } from './options.ts';
import { passedOn } from './passed-on.ts';
import { shopifyMappings } from './topics.ts';
import { eventHeaders, shopifyScheme, webhookHeaders } from './verify.ts';

export const shopify: ProviderDefinition<ShopifyOptions> = {
  name: 'shopify',
  title: 'Shopify',
  docsUrl: 'https://shopify.dev/docs/apps/build/webhooks',
  domains: ['payments', 'crm'],
  scheme: 'HMAC-SHA256 of the body, base64, in a header',
  methods: ['POST'],
  options: shopifyOptions,
  // The shop is named in a header only, which nothing signs.
  account: 'configured',
  accountFormat: {
    pattern: /^[a-z0-9][a-z0-9-]*\.myshopify\.com$/,
    example: 'example-shop.myshopify.com',
    whereToFind: 'Shopify admin, Settings, Domains: the one that ends in .myshopify.com, in lower case',
  },
  secrets: {
    label: 'Client secret of the app',
    whereToFind:
      'Shopify Dev Dashboard, the app, Settings, Client secret. For webhooks made in the admin: Settings, Notifications, Webhooks, the line below the list.',
    generate: () => `shpss_${randomBytes(16).toString('hex')}`,
    flawOf: secretLike(
      /^(?:shpss_[0-9a-f]{32}|[0-9a-f]{32}|[0-9a-f]{64})$/,
      'a client secret of an app (shpss_…), nor the hexadecimal secret of webhooks made in the admin',
    ),
  },
  acceptDeadlineMs: 3_000,
  retries: {
    answerWithin: 'Connected within 1 second, answered within 5.',
    schedule: 'Eight times over four hours, with the body of the first.',
    autoDisable: 'A subscription made by the Admin API is removed after eight failures in a row.',
    outage:
      'An outage of more than four hours loses events, and may remove the subscription: read the orders since by the API.',
    dedupeBy:
      'The body: the ids of deliveries are in headers that are not signed. Paid orders, transactions and refunds by id and time of change, all else by content; of a body without a time, where it may mean something new a second time (a changed delivery profile), by the id of the event in X-Shopify-Event-Id as well.',
  },
  pitfalls: [
    'Nothing signs the topic: what it claims of an order (paid, canceled, fulfilled) counts only where the order says so itself; else the event is an update.',
    'A checkout, a draft and the order that comes of them are entities of their own (metadata.entityKind); only orders are completed purchases.',
    'Where a body has no time, X-Shopify-Triggered-At says when; without it the time is estimated and the verdict partial.',
  ],
  eventTypes: [
    ...shopifyMappings,
    ...passedOn.map((from) => ({ from, to: 'integration.event.received' as const })),
    { from: '*', to: 'integration.event.received' },
  ],
  coverage: () => shopifyScheme.coverage,
  verify: (request, settings, nowMs) => shopifyScheme.verify(request, settings.secrets, nowMs),
  sign: (request, settings, nowMs) => shopifyScheme.sign(request, firstSecret(settings), nowMs),
  normalize: normalizeShopify,
  keepHeaders: () => [
    webhookHeaders.topic,
    webhookHeaders.shop,
    'X-Shopify-API-Version',
    'X-Shopify-Event-Id',
    'X-Shopify-Webhook-Id',
    'X-Shopify-Triggered-At',
    eventHeaders.topic,
    eventHeaders.shop,
    'shopify-action',
    'shopify-api-version',
    'shopify-webhook-id',
    'shopify-triggered-at',
  ],
};
