import type { IncomingMessage, ServerResponse } from 'node:http';

import { type DeliveryId, type ErrorCode, httpStatusOf, TrunklineError } from '@trunkline/core';
import { largestBodyBytes } from '@trunkline/events';
import { plainAccepted, type ProviderDefinition, type Reply } from '@trunkline/providers';

import type { Refusal } from '../refusal.ts';
import { isBodyWithheld } from './continue.ts';

export const deliveryIdHeader = 'trunkline-delivery-id';

/** The answer to an accepted delivery: the provider's own, else what helps whoever looks at the provider's delivery log. */
export function acceptedReply(reply: Reply, deliveryId: DeliveryId, eventIds: readonly string[]): Reply {
  if (reply !== plainAccepted) return reply;
  // Ids hold hex digits only, so nothing here needs escaping.
  const events = eventIds.length === 0 ? '' : `"${eventIds.join('","')}"`;
  return {
    status: 200,
    headers: { 'content-type': 'application/json' },
    body: `{"delivery":"${deliveryId}","events":[${events}]}\n`,
  };
}

export interface RefusedReply extends Reply {
  readonly body: string;
}

/** What a provider understands where it misreads the usual status; see ProviderDefinition. */
export type ProviderStatuses = Pick<ProviderDefinition, 'unavailableStatus' | 'rateLimitedStatus'>;

/** What a sender may know: a code and a fixed sentence. The step, the detail and the cause stay with us. */
export function refusedReply(refusal: Refusal, provider: ProviderStatuses = {}): RefusedReply {
  const plain = refusal.status ?? httpStatusOf(refusal.code);
  // Both say "come again", so both say when.
  const again = plain === 503 || plain === 429;
  return {
    status: again ? againStatus(plain, provider) : plain,
    headers: {
      'content-type': 'application/json',
      ...refusal.headers,
      ...(again ? { 'retry-after': String(retryAfterSeconds(refusal)) } : {}),
    },
    body: errorBody(refusal.code),
  };
}

function againStatus(plain: 429 | 503, { unavailableStatus, rateLimitedStatus }: ProviderStatuses): number {
  return (plain === 503 ? unavailableStatus : rateLimitedStatus) ?? plain;
}

export function errorBody(code: ErrorCode): string {
  return `${JSON.stringify({ error: code, message: messages[code] ?? 'The request could not be accepted now.' })}\n`;
}

/** Long enough for a broker's leader to change, short enough for senders that give up early. */
const defaultRetryAfterSeconds = 5;

function retryAfterSeconds({ retryAfterMs, cause }: Refusal): number {
  const named = retryAfterMs ?? (cause instanceof TrunklineError ? cause.retryAfterMs : undefined);
  return named === undefined ? defaultRetryAfterSeconds : Math.max(1, Math.ceil(named / 1_000));
}

const messages: Partial<Record<ErrorCode, string>> = {
  signature_missing: 'The request carries no signature.',
  signature_invalid: 'The signature of the request could not be verified.',
  verification_unavailable: 'The request cannot be verified now; come again later.',
  delivery_stale: 'The request was signed too long ago, or its clock is ahead.',
  source_unknown: 'There is no such source.',
  source_disabled: 'There is no such source.',
  source_retired: 'This source is retired for good.',
  address_denied: 'This address may not post to the source.',
  rate_limited: 'Too many requests; come again later.',
  method_not_allowed: 'The source does not take this method.',
  request_malformed: 'The request is not valid HTTP/1.1 as this server takes it.',
  encoding_unsupported: 'The body must not be encoded.',
  payload_too_large: 'The body is longer than the source allows.',
  request_timeout: 'The request took too long to arrive.',
};

export interface Answer {
  readonly reply: Reply;
  readonly deliveryId: DeliveryId;
  /** Ends the connection with this answer. */
  readonly close: boolean;
}

/** Sends the answer, also when the body is still arriving. */
export function respond(request: IncomingMessage, response: ServerResponse, answer: Answer): void {
  const { reply } = answer;
  const early = isBodyPending(request);
  response.writeHead(reply.status, {
    ...reply.headers,
    'content-length': Buffer.byteLength(reply.body),
    [deliveryIdHeader]: answer.deliveryId,
    ...(answer.close || early || isBodyWithheld(request) ? { connection: 'close' } : {}),
  });
  if (!early) {
    response.end(reply.body);
    return;
  }
  response.write(reply.body);
  swallowThenEnd(request, response);
}

function isBodyPending(request: IncomingMessage): boolean {
  // What is withheld does not come: the answer is what its sender waits for.
  if (request.complete || isBodyWithheld(request)) return false;
  return request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0;
}

/**
 * How much of an unwanted body is swallowed, and for how long, so that the sender gets to read the answer: simple clients
 * read only when they have written all, and who sends too much sends seldom more than twice the largest body.
 */
const lingering = { bytes: 2 * largestBodyBytes, ms: 1_000 } as const;

/**
 * Closing a socket with unread bytes makes the kernel reset it, and the sender loses the answer. So the answer goes out
 * whole first, the rest of the body is thrown away for a while, and only then the connection is closed.
 */
function swallowThenEnd(request: IncomingMessage, response: ServerResponse): void {
  let swallowed = 0;
  const over = (): void => {
    clearTimeout(timer);
    request.off('data', swallow).off('end', over).off('close', over);
    response.end();
  };
  const swallow = (chunk: Buffer): void => {
    swallowed += chunk.length;
    if (swallowed > lingering.bytes) over();
  };
  const timer = setTimeout(over, lingering.ms);
  // A sender that goes away while it is refused is no error of ours.
  request.on('error', over).on('data', swallow).on('end', over).on('close', over).resume();
}
