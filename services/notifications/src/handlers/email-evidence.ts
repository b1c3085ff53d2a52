import type { BatchHandler } from '@trunkline/consumer';
import type { EventTypeOf } from '@trunkline/events';
import { z } from 'zod';

import { type Evidence, takeEvidence } from '../messages/evidence.ts';

/** What the delivery of a mail says of what was to be told. */
const states: Readonly<Record<EventTypeOf<'communications.email.v1'>, Evidence['state'] | undefined>> = {
  'communications.email.accepted': 'accepted',
  'communications.email.deferred': 'accepted',
  'communications.email.delivered': 'delivered',
  'communications.email.bounced': 'undelivered',
  'communications.email.dropped': 'undelivered',
  // What somebody does with a mail says nothing that its delivery does not.
  'communications.email.scheduled': undefined,
  'communications.email.received': undefined,
  'communications.email.opened': undefined,
  'communications.email.clicked': undefined,
  'communications.email.unsubscribed': undefined,
  'communications.email.resubscribed': undefined,
  'communications.email.complained': undefined,
};

// The keys of a closed object are its types.
const types = Object.keys(states) as readonly EventTypeOf<'communications.email.v1'>[];

/** Takes what became of mails from the webhooks of Resend and SendGrid, which give back the request they were sent for. */
export const emailEvidence: BatchHandler<'communications.email.v1'> = {
  name: 'email-evidence',
  topic: 'communications.email.v1',
  types,
  handleBatch: async (events, tx) => {
    await takeEvidence(
      tx,
      events.flatMap(({ record: { metadata, attributesJson, responseCode }, type, eventId }): readonly Evidence[] => {
        const state = states[type];
        if (state === undefined) return [];
        const { tenantId, provider, entityId: providerMessageId, entityVersion: version } = metadata;
        const requestId = attributesJson === null ? undefined : requestIn(attributesJson);
        return [{ tenantId, requestId, provider, providerMessageId, state, code: responseCode, eventId, version }];
      }),
    );
    return { stale: [] };
  },
};

const marks = z.object({ trunkline_request: z.string() });

/** The mark that every mail of ours carries (`sending/carry.ts`). */
function requestIn(attributesJson: string): string | undefined {
  return marks.safeParse(JSON.parse(attributesJson)).data?.trunkline_request;
}
