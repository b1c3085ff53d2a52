import type { BatchHandler } from '@trunkline/consumer';
import type { EventTypeOf } from '@trunkline/events';

import { type Evidence, takeEvidence } from '../messages/evidence.ts';

/** What the status of a text message says of what was to be told. */
const states: Readonly<Record<EventTypeOf<'telephony.message.v1'>, Evidence['state'] | undefined>> = {
  // Of somebody else's.
  'telephony.message.received': undefined,
  'telephony.message.queued': 'accepted',
  'telephony.message.sent': 'accepted',
  'telephony.message.delivered': 'delivered',
  'telephony.message.read': 'delivered',
  'telephony.message.failed': 'undelivered',
  'telephony.message.canceled': 'undelivered',
};

// The keys of a closed object are its types.
const types = Object.keys(states) as readonly EventTypeOf<'telephony.message.v1'>[];

/** Takes what became of text messages from their own status callbacks, which came through the ingress. */
export const messageEvidence: BatchHandler<'telephony.message.v1'> = {
  name: 'message-evidence',
  topic: 'telephony.message.v1',
  types,
  handleBatch: async (events, tx) => {
    await takeEvidence(
      tx,
      events.flatMap(({ record: { metadata, clientReference, failureCode }, type, eventId }): readonly Evidence[] => {
        const state = states[type];
        if (state === undefined) return [];
        const { tenantId, provider, entityId: providerMessageId, entityVersion: version } = metadata;
        const requestId = clientReference ?? undefined;
        return [{ tenantId, requestId, provider, providerMessageId, state, code: failureCode, eventId, version }];
      }),
    );
    return { stale: [] };
  },
};
