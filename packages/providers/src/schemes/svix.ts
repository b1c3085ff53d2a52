import { maxIdLength } from '@trunkline/events';

import { type ReceivedRequest, singleHeader } from '../contract/request.ts';
import { type StandardWebhooksScheme, standardWebhooksScheme } from './standard-webhooks.ts';

/** Svix sends for Clerk, Resend and many others: https://docs.svix.com/receiving/verifying-payloads/how-manual */
export const svixScheme: StandardWebhooksScheme = standardWebhooksScheme({ headerPrefix: 'svix' });

/** The signed id of a message, the same at each attempt; undefined where it is too long to be an id. */
export function svixId(request: ReceivedRequest): string | undefined {
  const id = singleHeader(request, svixScheme.headers[0]);
  return id === undefined || id.length > maxIdLength ? undefined : id;
}

/** The delivery contract of every provider that sends through Svix. */
export const svixRetries = {
  answerWithin: '15 s (not confirmed).',
  schedule: 'At once, then after 5 s, 5 min, 30 min, 2 h, 5 h, 10 h and 10 h more: about 28 hours.',
  autoDisable: 'After five days in which every attempt failed (not confirmed).',
  outage: 'Nothing is lost while it lasts less than a day; later messages must be recovered at the provider by hand.',
  dedupeBy: 'The id of the message (svix-id), which is signed and the same at each attempt.',
} as const;
