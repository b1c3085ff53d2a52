import { type AsymmetricScheme, asymmetricHeader } from '../schemes/asymmetric.ts';
import type { SendgridOptions } from './options.ts';

/**
 * https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/getting-started-event-webhook-security-features.
 * Time and body are signed one after the other, with nothing between. The body ends with CRLF and has CRLF between its
 * items, so only the raw bytes fit. The official library looks at no clock; the time is checked here, within hours.
 */
export function sendgridScheme(options: SendgridOptions): AsymmetricScheme {
  return asymmetricHeader({
    algorithm: 'ecdsa-p256',
    header: 'X-Twilio-Email-Event-Webhook-Signature',
    timestamp: {
      header: 'X-Twilio-Email-Event-Webhook-Timestamp',
      unit: 's',
      toleranceMs: options.toleranceSeconds * 1000,
    },
    message: (request, timestamp) => [timestamp, request.body],
  });
}
