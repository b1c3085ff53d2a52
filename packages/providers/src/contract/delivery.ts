import { type ErrorCode, TrunklineError } from '@trunkline/core';

import { type ArchivedHeader, archivedHeaders, archivedQuery } from './archive.ts';
import { type ArchivedRecord, archivedRequest } from './archived.ts';
import type { ReceivedRequest } from './request.ts';
import { liveSecrets } from './secret.ts';
import type { SourceSettings } from './settings.ts';
import { type Accepted, codeOfStep, type Rejected, type RejectionStep, rejected } from './verdict.ts';

/** The part of a ProviderDefinition that proves requests. */
export interface Verifier<O> {
  readonly name: string;
  verify(request: ReceivedRequest, settings: SourceSettings<O>, nowMs: number): Accepted | Rejected;
  keepHeaders?(options: O): readonly string[];
  messageId?(request: ReceivedRequest): string | undefined;
  provenOfArchived?(
    request: ReceivedRequest,
    settings: SourceSettings<O>,
    archived: { readonly receivedAtMs: number; readonly events: number },
  ): readonly number[] | undefined;
}

/** A provider with one source's settings: what a catalogue of sources hands out. */
export interface VerifiableSource<O = unknown> {
  readonly provider: Verifier<O>;
  readonly settings: SourceSettings<O>;
}

/**
 * A request that its provider has proven to be authentic.
 *
 * The class stays in this file and its `#proof` makes the type nominal: no literal, no spread of another delivery
 * and no structurally equal object is one. Only `verifyDelivery` makes them, and `archivedDelivery` of what was verified
 * before, so code that normalises an unverified request does not compile.
 */
class Verified<O> {
  readonly #proof: Accepted;
  /** The name of the provider whose verification it passed. */
  readonly provider: string;
  readonly request: ReceivedRequest;
  readonly settings: SourceSettings<O>;
  readonly receivedAtMs: number;
  /** Headers whose values may be kept; see ProviderDefinition.keepHeaders. */
  readonly keepHeaders: readonly string[];
  /** The id of the message in its headers; see ProviderDefinition.messageId. */
  readonly messageId: string | undefined;
  #archivedHeaders: readonly ArchivedHeader[] | undefined;

  constructor(
    source: VerifiableSource<O>,
    request: ReceivedRequest,
    proven: { proof: Accepted; nowMs: number; archivedHeaders?: readonly ArchivedHeader[] },
  ) {
    this.#proof = proven.proof;
    this.provider = source.provider.name;
    this.request = request;
    this.settings = source.settings;
    this.receivedAtMs = proven.nowMs;
    this.keepHeaders = source.provider.keepHeaders?.(source.settings.options) ?? [];
    this.messageId = source.provider.messageId?.(request);
    this.#archivedHeaders = proven.archivedHeaders;
  }

  /** The headers as records carry them, made once: each item of a batch is passed on with all of them. */
  get archivedHeaders(): readonly ArchivedHeader[] {
    return (this.#archivedHeaders ??= archivedHeaders(this.request.headers, this.keepHeaders));
  }

  get archivedQuery(): string | null {
    return archivedQuery(this.request.target);
  }

  /** Which of the source's secrets proved it. */
  get secretIndex(): number {
    return this.#proof.secretIndex;
  }

  /** See Accepted.provenItems. */
  get provenItems(): readonly number[] | undefined {
    return this.#proof.provenItems;
  }
}

export type VerifiedDelivery<O = unknown> = Verified<O>;

export type VerificationResult<O> =
  | { readonly ok: true; readonly delivery: VerifiedDelivery<O> }
  | { readonly ok: false; readonly step: RejectionStep; readonly code: ErrorCode; readonly detail: string };

/**
 * Proves a request, or says which step refused it. Never throws: whatever a provider's code does with hostile bytes,
 * the answer is a rejection; a throw is our own bug and one that asks the sender to come again. A source without a usable secret refuses everything before its provider is asked.
 */
export function verifyDelivery<O>(
  source: VerifiableSource<O>,
  request: ReceivedRequest,
  nowMs: number,
): VerificationResult<O> {
  if (liveSecrets(source.settings.secrets, nowMs).length === 0) {
    return refusal(rejected('no_usable_secret', 'the source has no secret that is set, not blank and not expired'));
  }
  try {
    const verdict = source.provider.verify(request, source.settings, nowMs);
    if (!verdict.accepted) return refusal(verdict);
    return { ok: true, delivery: new Verified(source, request, { proof: verdict, nowMs }) };
  } catch (error) {
    // The message could quote the request, so only the kind of the error is told.
    const kind = error instanceof Error ? error.name : typeof error;
    return refusal(
      rejected('verification_failed', `the verification of ${source.provider.name} failed with a ${kind}`),
    );
  }
}

/**
 * A delivery of the archive, which was verified when it came: for replays, and for nothing else. The record has to be one
 * that was decoded from `ingress.delivery.v1`, and the source the one it names; test/repo keeps the list of callers.
 * Throws `source_unknown` where the source is another one, `decode_failed` where the body cannot be unpacked.
 */
export function archivedDelivery<O>(source: VerifiableSource<O>, record: ArchivedRecord): VerifiedDelivery<O> {
  const { provider, settings } = source;
  if (record.sourceId !== settings.sourceId || record.provider !== provider.name) {
    const own = `${settings.sourceId} of ${provider.name}`;
    const other = `${record.sourceId ?? 'no source'} of ${record.provider}`;
    throw new TrunklineError('source_unknown', `${record.deliveryId} came to ${other}, and not to ${own}`);
  }
  const request = archivedRequest(record, settings.publicBaseUrl);
  const { receivedAt, eventIds, headers } = record;
  const provenItems = provider.provenOfArchived?.(request, settings, {
    receivedAtMs: receivedAt,
    events: eventIds.length,
  });
  const index = settings.secrets.findIndex(({ name }) => name === record.verifiedWith);
  const proof: Accepted = {
    accepted: true,
    secretIndex: Math.max(0, index),
    ...(provenItems === undefined ? {} : { provenItems }),
  };
  return new Verified(source, request, { proof, nowMs: receivedAt, archivedHeaders: headers });
}

function refusal({ step, detail }: Rejected): VerificationResult<never> {
  return { ok: false, step, code: codeOfStep[step], detail };
}
