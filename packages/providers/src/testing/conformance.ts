import { createHash } from 'node:crypto';

import {
  createEventCodec,
  type DeliveryContext,
  type DomainTopic,
  type EventCodec,
  type EventDraft,
  type SealedEvent,
  sealEvent,
  topics,
} from '@trunkline/events';

import type { VerifiedDelivery } from '../contract/delivery.ts';
import { verifyDelivery } from '../contract/delivery.ts';
import type { Normalization } from '../contract/normalization.ts';
import type { ProviderDefinition } from '../contract/provider.ts';
import type { ReceivedRequest } from '../contract/request.ts';
import { Secret } from '../contract/secret.ts';
import type { SourceSettings } from '../contract/settings.ts';
import type { RejectionStep } from '../contract/verdict.ts';

/** One provider, one set of options, and how to attack it. */
export interface Subject<O> {
  readonly definition: ProviderDefinition<O>;
  readonly settings: SourceSettings<O>;
  /** Authentic in everything but its proof. */
  readonly request: ReceivedRequest;
  readonly nowMs: number;
}

/** How the items of a provider are put into one body. */
export interface Batch {
  /** A body of several items; that of `request` where it has some itself. */
  readonly body?: Uint8Array;
  readonly split: (body: string) => readonly string[];
  readonly join: (items: readonly string[]) => string;
}

/** A JSON array, with what the provider writes behind it. */
export function jsonArray(end = ''): Batch {
  return {
    split: (body) => {
      const items: readonly unknown[] = JSON.parse(body);
      return items.map((item) => JSON.stringify(item));
    },
    join: (items) => `[${items.join(',')}]${end}`,
  };
}

/** What a provider tells the conformance suite about itself, beyond its definition. */
export interface ProviderCases<O> {
  /** Several sets of options get a suite each; this names the set. */
  readonly variant?: string;
  /** As written in trunkline.yaml. */
  readonly options: unknown;
  readonly account?: string;
  /** A request the provider could send, without its proof. */
  readonly request: Omit<ReceivedRequest, 'target' | 'publicUrl'> & Partial<ReceivedRequest>;
  /** Needed where a time is signed: the request with a valid proof over any text in the place of the time. */
  readonly signAt?: (request: ReceivedRequest, settings: SourceSettings<O>, timestamp: string) => ReceivedRequest;
  readonly timestampUnit?: 's' | 'ms';
  /** Authentic requests weakened to an older or another algorithm; each must be refused. */
  readonly downgrades?: Readonly<Record<string, (signed: ReceivedRequest, secret: Secret) => ReceivedRequest>>;
  /** Needed once where the proof covers all but something: a signed request that was changed there, and is accepted. */
  readonly gap?: (signed: ReceivedRequest) => ReceivedRequest;
  /** For providers that batch: items can come in any order and in other deliveries. */
  readonly batch?: Batch;
  /** Its signatures do not count over an empty body (Shopify): such a delivery is refused, not normalised. */
  readonly refusesEmptyBody?: boolean;
  /** Bodies that it never sends are refused, however they are signed: a weak proof fits them as well (HubSpot, Twilio). */
  readonly refusesOddBodies?: boolean;
  /** Once per provider: run its fixtures and ask for one per event type it maps. */
  readonly fixtures?: boolean;
}

export function settingsWith<O>(
  definition: ProviderDefinition<O>,
  choices: { readonly options: unknown; readonly account?: string | undefined; readonly secrets?: readonly Secret[] },
): SourceSettings<O> {
  return {
    sourceId: 'src_fixture',
    tenantId: 'tnt_fixture',
    ...(choices.account === undefined ? {} : { account: choices.account }),
    secrets: choices.secrets ?? [new Secret(definition.secrets.generate(), { name: 'conformance' })],
    options: definition.options.parse(choices.options),
  };
}

export function signed<O>(subject: Subject<O>, nowMs: number = subject.nowMs): ReceivedRequest {
  return subject.definition.sign(subject.request, subject.settings, nowMs);
}

/** The step that refused the request, or `accepted`. */
export function outcomeOf<O>(
  subject: Subject<O>,
  request: ReceivedRequest,
  nowMs: number = subject.nowMs,
): RejectionStep | 'accepted' {
  const result = verifyDelivery({ provider: subject.definition, settings: subject.settings }, request, nowMs);
  return result.ok ? 'accepted' : result.step;
}

export function deliveryOf<O>(subject: Subject<O>, request: ReceivedRequest): VerifiedDelivery<O> {
  const result = verifyDelivery({ provider: subject.definition, settings: subject.settings }, request, subject.nowMs);
  if (!result.ok) throw new Error(`not verified: ${result.step}: ${result.detail}`);
  return result.delivery;
}

/** A fixed context, so that ids, keys and versions of fixtures are the same on every machine. */
export function contextOf(provider: string, receivedAtMs: number, delivery = 1): DeliveryContext {
  return {
    tenantId: 'tnt_fixture',
    sourceId: 'src_fixture',
    provider,
    deliveryId: `dlv_${String(delivery).padStart(32, '0')}`,
    receivedAtMs,
    correction: 0,
    installationKey: Buffer.from('an installation key of the conformance suite'),
  };
}

export function sealAll(normalization: Normalization, context: DeliveryContext): readonly SealedEvent[] {
  return normalization.events.map((draft: EventDraft) => sealEvent<DomainTopic>(draft, context));
}

/** A codec whose registry answers from memory: what does not fit its schema throws in `encode`. */
export function codecOfSchemas(): Promise<EventCodec> {
  return (codec ??= createEventCodec({
    topics,
    registry: {
      idOf: (subject) => Promise.resolve(1 + topics.findIndex((topic) => subject === `${topic}-value`)),
      schemaOf: (id) => Promise.reject(new Error(`schema ${id} was not written here`)),
    },
  }));
}

/** Made once: it compiles every schema, and keeps nothing of what it is given. */
let codec: Promise<EventCodec> | undefined;

/** A sealed event as its expected file has it. Bytes are named by digest: the raw body is in the request file. */
export function portable(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (_name, part: unknown) => {
      if (!isBufferJson(part)) return part;
      return { bytes: part.data.length, sha256: createHash('sha256').update(Buffer.from(part.data)).digest('hex') };
    }),
  );
}

/** What Buffer.toJSON makes, which JSON.stringify calls before its replacer sees the value. */
function isBufferJson(value: unknown): value is { readonly type: 'Buffer'; readonly data: readonly number[] } {
  return typeof value === 'object' && value !== null && 'type' in value && value.type === 'Buffer' && 'data' in value;
}
