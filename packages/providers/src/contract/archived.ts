import { gunzipSync } from 'node:zlib';

import { messageOf, TrunklineError } from '@trunkline/core';
import { largestBodyBytes, type RecordOf } from '@trunkline/events';

import type { VerifiedDelivery } from './delivery.ts';
import { type ReceivedRequest, singleHeader } from './request.ts';

/** A delivery as the archive has it. */
export type ArchivedRecord = RecordOf<'ingress.delivery.v1'>;

/** What of a delivery the archive keeps of the request itself: the bytes that came, headers and parameters withheld where they prove something. */
export type ArchivedForm = Pick<
  ArchivedRecord,
  | 'tenantId'
  | 'sourceId'
  | 'provider'
  | 'method'
  | 'path'
  | 'query'
  | 'headers'
  | 'contentType'
  | 'body'
  | 'verifiedWith'
>;

export function archivedForm(delivery: VerifiedDelivery): ArchivedForm {
  const { request, settings, secretIndex } = delivery;
  // As it came, so that whoever verifies it again has what was signed.
  const body = request.packedBody ?? request.body;
  return {
    tenantId: settings.tenantId,
    sourceId: settings.sourceId,
    provider: delivery.provider,
    method: request.method,
    path: pathOf(request.target),
    query: delivery.archivedQuery,
    headers: [...delivery.archivedHeaders],
    contentType: singleHeader(request, 'content-type') ?? null,
    body: Buffer.from(body.buffer, body.byteOffset, body.byteLength),
    verifiedWith: settings.secrets[secretIndex]?.name ?? String(secretIndex),
  };
}

/**
 * The request that was archived, as far as the archive has it: what was withheld is missing. Throws `decode_failed` where a
 * packed body cannot be unpacked any more.
 */
export function archivedRequest(record: ArchivedRecord, publicBaseUrl = ''): ReceivedRequest {
  const { method, path, query, headers } = record;
  const target = query === null ? path : `${path}?${query}`;
  const kept = headers.flatMap(({ name, value }): readonly (readonly [string, string])[] =>
    value === null ? [] : [[name, value]],
  );
  const request = { method, target, publicUrl: `${publicBaseUrl}${target}`, headers: kept, body: record.body };
  return isPacked(kept) ? { ...request, body: unpacked(record), packedBody: record.body } : request;
}

/** Of the packings the ingress takes one only. */
function isPacked(headers: readonly (readonly [string, string])[]): boolean {
  return headers.some(([name, value]) => name === 'content-encoding' && /^(?:x-)?gzip$/i.test(value.trim()));
}

function unpacked({ deliveryId, body }: ArchivedRecord): Uint8Array {
  try {
    return gunzipSync(body, { maxOutputLength: largestBodyBytes });
  } catch (cause) {
    throw new TrunklineError('decode_failed', `the body of ${deliveryId} cannot be unpacked: ${messageOf(cause)}`, {
      cause,
    });
  }
}

export function pathOf(target: string): string {
  const query = target.indexOf('?');
  return query === -1 ? target : target.slice(0, query);
}
