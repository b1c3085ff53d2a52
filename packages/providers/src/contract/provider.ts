import type { EventType } from '@trunkline/events';
import type { z } from 'zod';

import type { SignatureCoverage } from './coverage.ts';
import type { VerifiedDelivery } from './delivery.ts';
import type { Normalization } from './normalization.ts';
import type { Reply } from './reply.ts';
import type { ReceivedRequest } from './request.ts';
import type { SourceSettings } from './settings.ts';
import type { RejectionStep, Verdict } from './verdict.ts';

export type Domain =
  | 'telephony'
  | 'payments'
  | 'calendar'
  | 'crm'
  | 'communications'
  | 'identity'
  | 'analytics'
  | 'integration';

/**
 * Everything Trunkline knows about one provider. Pure: no input or output, no clock, no environment.
 *
 * Callers use `verifyDelivery` and `normalizeDelivery`, never `verify` and `normalize` themselves: those two make sure
 * that nothing is thrown and that only what was verified is normalised.
 */
export interface ProviderDefinition<O = unknown> {
  /** Lower case; the word in trunkline.yaml, metadata.provider and the folder's name. */
  readonly name: string;
  readonly title: string;
  readonly docsUrl: string;
  readonly domains: readonly Domain[];
  /** How a request is proven, for a list: 'HMAC-SHA256 over timestamp and body'. */
  readonly scheme: string;
  readonly methods: readonly ('POST' | 'GET')[];
  /** The `options` of a source. Its input is what a person writes, its output is what `verify` and `normalize` get. */
  readonly options: z.ZodType<O>;
  /** Where `metadata.account` comes from: the payload, the source's `account` setting (required then), or the sourceId. */
  readonly account: 'payload' | 'configured' | 'source';
  /** What the `account` setting must look like, where one is set. */
  readonly accountFormat?: { readonly pattern: RegExp; readonly example: string; readonly whereToFind: string };
  readonly secrets: SecretFacts<O>;
  /** How long the ingress may wait for Kafka before it answers 503: short of the provider's own patience. */
  readonly acceptDeadlineMs: number;
  readonly retries: RetryFacts;
  readonly eventTypes: readonly EventMapping[];
  /**
   * The types of messages that the provider documents, in the words of `eventTypes`. Those that `eventTypes` does not map
   * arrive as integration.event, and the page lists them. Without it, those that `eventTypes` passes on by name.
   */
  readonly knownTypes?: readonly string[];
  /** What people run into, for its page: a sentence each. What follows from the rest of this definition is said anyway. */
  readonly pitfalls?: readonly string[];

  /** What the proof covers, given the options. The conformance suite attacks exactly this, and the pages say it. */
  coverage(options: O): SignatureCoverage;
  /** Never throws and never answers with a boolean. Reads nothing but its arguments. */
  verify(request: ReceivedRequest, settings: SourceSettings<O>, nowMs: number): Verdict;
  /** Adds the provider's own proof with the first secret: for `trunkline send`, `sign` and the conformance suite. */
  sign(request: ReceivedRequest, settings: SourceSettings<O>, nowMs: number): ReceivedRequest;
  normalize(delivery: VerifiedDelivery<O>): Normalization;
  /** What the provider wants to read once everything is durable; without it a plain 200. */
  reply?(delivery: VerifiedDelivery<O>, normalization: Normalization): Reply;
  readonly handshake?: Handshake<O>;
  /** A refusal that this provider misreads when it is a 401 (Vonage signs again only after a 5xx). */
  readonly refusalStatus?: Readonly<Partial<Record<RejectionStep, number>>>;
  /**
   * The status while Trunkline cannot take a delivery (Kafka is away), where this provider throws away what it answers
   * with 503 and repeats after another (Brevo: 429). Without it 503.
   */
  readonly unavailableStatus?: number;
  /** The status of a request above a limit, where this provider repeats after a 5xx only. Without it 429. */
  readonly rateLimitedStatus?: number;
  /** How a source lets bodies be packed; without it they are taken as they are only. */
  contentEncodings?(options: O): readonly 'gzip'[];
  /** Methods with which its senders ask whether the address is there; `handshake.unsigned` answers them. HEAD always may. */
  probeMethods?(options: O): readonly string[];
  /**
   * What the proof covers and is another one for each message, where the proof does not cover the whole body (PayPal's
   * transmission id): the ingress takes one body for each.
   */
  signedOnce?(request: ReceivedRequest): string | undefined;
  /** Headers whose values are archived beside the usual ones; every other value is withheld. Never a credential. */
  keepHeaders?(options: O): readonly string[];
  /** Members at the top of a body that differ from one attempt to the next (Stripe's `pending_webhooks`). */
  readonly volatileMembers?: readonly string[];
  /**
   * The id of the message where it stands in a header: covered by the proof, or documented as unique and the same at each
   * attempt. What cannot be read is known by it.
   */
  messageId?(request: ReceivedRequest): string | undefined;
  /**
   * For a provider that proves items and not the whole body: which items of an archived delivery were proven, as far as
   * the body and the secrets of today tell; undefined where all were. `events` is how many it became.
   */
  provenOfArchived?(
    request: ReceivedRequest,
    settings: SourceSettings<O>,
    archived: { readonly receivedAtMs: number; readonly events: number },
  ): readonly number[] | undefined;
  /**
   * Key material that the request names and `verify` needs (PayPal's certificate). Pure: it lists https URLs, on hosts
   * the provider's definition pins; the ingress fetches them, cached and bounded, before `verifyDelivery`, and
   * passes the answers as `settings.keyMaterial`. Not fetched means `unknown_key`, never an acceptance.
   */
  keyMaterial?(request: ReceivedRequest, settings: SourceSettings<O>): readonly KeyMaterialNeed[];
}

export interface KeyMaterialNeed {
  readonly url: string;
  readonly maxBytes: number;
}

export interface SecretFacts<O = unknown> {
  /** What the provider calls it: 'Signing secret'. */
  readonly label: string;
  readonly whereToFind: string;
  /**
   * A fresh one in the provider's own form, for samples and tests. Where the real one is a public key this is a
   * private key: `sign` needs it and `verify` derives the public one.
   */
  generate(): string;
  /**
   * Why a value can prove nothing under these options: another provider's key, a wrong form. It reads on after the
   * secret's name ("is not …") and tells nothing of the value. Undefined for one that may be right.
   */
  flawOf(value: string, options: O): string | undefined;
  /**
   * What the `keyId` of a secret names, where a request names it, too (the id of a channel): such a secret counts for
   * nothing else. Without it the setting is refused.
   */
  readonly keyId?: { readonly whatItIs: string; readonly example: string };
}

/** The provider's side of the bargain, for its page. Sentences, not promises of ours. */
export interface RetryFacts {
  readonly answerWithin: string;
  readonly schedule: string;
  readonly autoDisable: string;
  /** What an outage of Trunkline costs with this provider. */
  readonly outage: string;
  readonly dedupeBy: string;
}

export interface EventMapping {
  /** The provider's own name; `*` for every other. */
  readonly from: string;
  readonly to: EventType;
}

export interface Handshake<O> {
  /** Answered before any verification, because the provider cannot sign it. Must not reveal or change anything. */
  unsigned?(request: ReceivedRequest, settings: SourceSettings<O>): Reply | undefined;
  /** Answered after verification; nothing is published for it. */
  signed?(delivery: VerifiedDelivery<O>): Reply | undefined;
}

/** A provider with one source's settings: what a catalogue of sources hands out and `verifyDelivery` takes. */
export interface ProviderSource<O = unknown> {
  readonly provider: ProviderDefinition<O>;
  readonly settings: SourceSettings<O>;
}
