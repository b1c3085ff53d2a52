import { headerHmac, type HeaderHmacScheme, rawBody } from '../schemes/header-hmac.ts';

/**
 * https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries. Over the raw body, whether it is
 * JSON or a form. X-Hub-Signature, the older one with SHA-1, is sent along and does not count.
 */
export const githubScheme: HeaderHmacScheme = headerHmac({
  header: 'X-Hub-Signature-256',
  algorithm: 'sha256',
  encoding: 'hex',
  prefix: 'sha256=',
  message: rawBody,
  notProven: [
    'The headers, X-GitHub-Event and X-GitHub-Delivery among them: type and id can be changed by whoever holds a body.',
  ],
});
