import { plainAccepted, type Reply } from '../contract/reply.ts';
import { type ReceivedRequest, singleHeader } from '../contract/request.ts';

/**
 * The answer to a sender that asks whether the address is there; undefined for a message. OPTIONS is the handshake of
 * CloudEvents (https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/http-webhook.md, 4): who asks names himself,
 * and the answer allows that name. It reveals and changes nothing.
 */
export function probeReply(request: ReceivedRequest, probes: readonly string[]): Reply | undefined {
  if (!probes.includes(request.method)) return undefined;
  if (request.method !== 'OPTIONS') return plainAccepted;
  const origin = singleHeader(request, 'WebHook-Request-Origin');
  const allowed = origin !== undefined && /^[\x21-\x7e]{1,255}$/.test(origin) ? origin : undefined;
  return {
    ...plainAccepted,
    headers: {
      allow: 'POST, OPTIONS',
      ...(allowed === undefined ? {} : { 'webhook-allowed-origin': allowed, 'webhook-allowed-rate': '*' }),
    },
  };
}
