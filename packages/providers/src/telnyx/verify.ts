import { type AsymmetricScheme, asymmetricHeader } from '../schemes/asymmetric.ts';

/** https://developers.telnyx.com/docs/messaging/messages/receiving-webhooks: Ed25519 over `<time>|<raw body>`. */
export const telnyxScheme: AsymmetricScheme = asymmetricHeader({
  algorithm: 'ed25519',
  header: 'telnyx-signature-ed25519',
  timestamp: { header: 'telnyx-timestamp', unit: 's', toleranceMs: 300_000 },
  message: (request, timestamp) => [timestamp, '|', request.body],
});
