import { type StandardWebhooksScheme, standardWebhooksScheme } from '../schemes/standard-webhooks.ts';

/** https://www.standardwebhooks.com. The official library checks `v1` only; here `v1a` counts where the source has a public key. */
export const standardScheme: StandardWebhooksScheme = standardWebhooksScheme({ headerPrefix: 'webhook' });
