import { createHash } from 'node:crypto';

import { TrunklineError } from '@trunkline/core';
import { sealEvent } from '@trunkline/events';
import {
  accepted,
  integrationEvent,
  type ReceivedRequest,
  Secret,
  type VerifiableSource,
  type VerifiedDelivery,
  verifyDelivery,
} from '@trunkline/providers';

import type { ScaffoldPlan } from './plan.ts';

/** When the fixture says it was received, and that its event happened two seconds before. */
const receivedAt = '2026-03-02T10:15:30.000Z';
const occurredAt = '2026-03-02T10:15:28.000Z';

/** The fixture's own id: eight characters at least, so that `withFreshIds` may replace it in the body. */
const sampleId = 'msg_sample0000000000000001';

const headers = [['Content-Type', 'application/json']] as const;

export function requestFile(plan: ScaffoldPlan): string {
  return text({
    description: `A first message of ${plan.title}. Replace it by one from its documentation.`,
    receivedAt,
    options: {},
    headers,
    freshIds: [sampleId],
    json: bodyOf(plan),
  });
}

/**
 * What the scaffolded normaliser makes of that request, sealed as the conformance suite seals it: same tenant, source,
 * delivery and installation key. The suite compares, so a difference between the two is found at once.
 */
export function eventsFile(plan: ScaffoldPlan): string {
  const delivery = deliveryOf(plan);
  const draft = integrationEvent(delivery, {
    account: source.settings.sourceId,
    entity: { kind: 'event', id: sampleId },
    identity: { basis: 'id', id: sampleId },
    occurred: { at: Date.parse(occurredAt), estimated: false },
    originalType: plan.event,
    providerEventId: sampleId,
  });
  const sealed = sealEvent(draft, {
    tenantId: source.settings.tenantId,
    sourceId: source.settings.sourceId,
    provider: plan.name,
    deliveryId: `dlv_${'1'.padStart(32, '0')}`,
    receivedAtMs: Date.parse(receivedAt),
    correction: 0,
    installationKey: Buffer.from('an installation key of the conformance suite'),
  });
  return text({ verdict: 'normalised', events: [sealed] });
}

function bodyOf({ event }: ScaffoldPlan): unknown {
  return { id: sampleId, type: event, created_at: occurredAt };
}

/** The suite's source. Its provider proves nothing: what is asked for is the delivery as the normaliser would see it. */
const source: VerifiableSource = {
  provider: { name: 'scaffold', verify: () => accepted(0) },
  settings: {
    sourceId: 'src_fixture',
    tenantId: 'tnt_fixture',
    secrets: [new Secret('of nobody')],
    options: {},
  },
};

function deliveryOf(plan: ScaffoldPlan): VerifiedDelivery {
  const target = `/hooks/${source.settings.sourceId}`;
  const request: ReceivedRequest = {
    method: 'POST',
    target,
    publicUrl: `https://hooks.example.com${target}`,
    // Signed, so the header is there; its value is withheld.
    headers: [...headers, [plan.header, '']],
    // As loadFixture writes the body of a fixture in JSON.
    body: Buffer.from(JSON.stringify(bodyOf(plan), null, 2), 'utf8'),
  };
  const result = verifyDelivery(source, request, Date.parse(receivedAt));
  if (!result.ok) throw new TrunklineError('unknown', 'a request that nothing is asked of was refused');
  return result.delivery;
}

/** Bytes are named by length and digest, as in every expected file. */
function text(document: unknown): string {
  const portable = JSON.stringify(
    document,
    (_name, part: unknown) => {
      if (!isBufferJson(part)) return part;
      return { bytes: part.data.length, sha256: createHash('sha256').update(Buffer.from(part.data)).digest('hex') };
    },
    2,
  );
  return `${portable}\n`;
}

function isBufferJson(value: unknown): value is { readonly type: 'Buffer'; readonly data: readonly number[] } {
  return typeof value === 'object' && value !== null && 'type' in value && value.type === 'Buffer' && 'data' in value;
}
