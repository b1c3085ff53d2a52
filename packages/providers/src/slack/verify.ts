import { headerHmac, type HeaderHmacScheme } from '../schemes/header-hmac.ts';

/**
 * https://docs.slack.dev/authentication/verifying-requests-from-slack. The raw body is signed, forms included. The
 * official library refuses an age of more than five minutes; a delivery from the future is refused here as well.
 */
export const slackScheme: HeaderHmacScheme = headerHmac({
  header: 'X-Slack-Signature',
  algorithm: 'sha256',
  encoding: 'hex',
  prefix: 'v0=',
  timestamp: { header: 'X-Slack-Request-Timestamp', unit: 's', toleranceMs: 300_000 },
  message: (request, timestamp) => ['v0:', timestamp, ':', request.body],
});
