import type { DeliveryId } from '@trunkline/core';
import { type EncodedRecord, encodeIngress, type EventCodec } from '@trunkline/events';
import { archivedForm, type VerifiedDelivery } from '@trunkline/providers';

import type { NormalisedDelivery } from './normalise.ts';

/** 36 bytes each, so that all of them stay well inside the 128 KiB a delivery record may have beside its body. */
const maxArchivedEventIds = 2_000;

export interface DeliveryFacts {
  readonly deliveryId: DeliveryId;
  readonly receivedAtMs: number;
  readonly delivery: VerifiedDelivery;
  readonly normalised: NormalisedDelivery;
  readonly answerStatus: number;
  readonly traceId: string | null;
}

/** The record of an authentic delivery for the archive: raw body, redacted headers, what became of it. */
export function deliveryRecord(codec: EventCodec, facts: DeliveryFacts): EncodedRecord {
  const { delivery, normalised } = facts;
  return encodeIngress(
    codec,
    {
      topic: 'ingress.delivery.v1',
      record: {
        ...archivedForm(delivery),
        deliveryId: facts.deliveryId,
        receivedAt: facts.receivedAtMs,
        verdict: normalised.normalization.verdict,
        reason: normalised.normalization.reason ?? null,
        eventIds: normalised.events.slice(0, maxArchivedEventIds).map((event) => event.eventId),
        handshake: null,
        answerStatus: facts.answerStatus,
        traceId: facts.traceId,
      },
    },
    // The publisher puts the trace of its own span into the headers.
    {},
  );
}
