import type { DeliveryId } from '@trunkline/core';
import { type EncodedRecord, encodeIngress, type EventCodec } from '@trunkline/events';
import { singleHeader, type VerifiedDelivery } from '@trunkline/providers';

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
  const { request, settings } = delivery;
  // As it came, so that whoever verifies it again has what was signed.
  const body = request.packedBody ?? request.body;
  return encodeIngress(
    codec,
    {
      topic: 'ingress.delivery.v1',
      record: {
        deliveryId: facts.deliveryId,
        tenantId: settings.tenantId,
        sourceId: settings.sourceId,
        provider: delivery.provider,
        receivedAt: facts.receivedAtMs,
        method: request.method,
        path: pathOf(request.target),
        query: delivery.archivedQuery,
        headers: delivery.archivedHeaders,
        contentType: singleHeader(request, 'content-type') ?? null,
        body: Buffer.from(body.buffer, body.byteOffset, body.byteLength),
        verdict: normalised.normalization.verdict,
        reason: normalised.normalization.reason ?? null,
        eventIds: normalised.events.slice(0, maxArchivedEventIds).map((event) => event.eventId),
        handshake: null,
        answerStatus: facts.answerStatus,
        verifiedWith: settings.secrets[delivery.secretIndex]?.name ?? String(delivery.secretIndex),
        traceId: facts.traceId,
      },
    },
    // The publisher puts the trace of its own span into the headers.
    {},
  );
}

export function pathOf(target: string): string {
  const query = target.indexOf('?');
  return query === -1 ? target : target.slice(0, query);
}
