import type { IncomingMessage, ServerResponse } from 'node:http';
import type { BlockList } from 'node:net';

import { classify, type Clock, failpoint, httpStatusOf, messageOf } from '@trunkline/core';
import type { DeliveryContext } from '@trunkline/events';
import type { OutgoingRecord, Publisher } from '@trunkline/kafka';
import type { Domain, ReceivedRequest, Reply, VerifiedDelivery } from '@trunkline/providers';
import { plainAccepted, replyTo, verifyDelivery } from '@trunkline/providers';
import type { Logger, Metrics, StartRequestSpan } from '@trunkline/runtime';
import type { ConfiguredSource, SourceCatalog } from '@trunkline/sources';

import type { Backbone } from '../backbone.ts';
import type { IngressLimits } from '../config.ts';
import { logDelivery } from '../delivery-log.ts';
import { elapsedMs, type Exchange, openExchange } from '../exchange.ts';
import type { KeyMaterialStore } from '../key-material.ts';
import type { ByteBudget } from '../limits/byte-budget.ts';
import { type FailedVerifications, type SenderPair, senderPair } from '../limits/failed-verifications.ts';
import type { KnownContents } from '../limits/known-contents.ts';
import type { SignedOnce } from '../limits/signed-once.ts';
import type { SourceRates } from '../limits/source-rates.ts';
import { Refusal } from '../refusal.ts';
import type { RejectionRecorder } from '../rejections.ts';
import { acceptedReply, refusedReply, respond } from '../steps/answer.ts';
import { deliveryRecord } from '../steps/archive.ts';
import { overloaded } from '../steps/body-block.ts';
import { checkDeclaredSize, checkRequest, headCostBytes } from '../steps/check-request.ts';
import { checkAddress, checkFailedVerifications, checkRate, isCharged } from '../steps/check-sender.ts';
import { clientAddress } from '../steps/client-address.ts';
import { askForBody } from '../steps/continue.ts';
import { checkMessageMethod, checkMethod, findSource, isProbe } from '../steps/find-source.ts';
import { normalise, type NormalisedDelivery } from '../steps/normalise.ts';
import { publish } from '../steps/publish.ts';
import { clientGone, readBody } from '../steps/read-body.ts';
import { receive } from '../steps/receive.ts';
import { checkPacking, packingOf, unpack } from '../steps/unpack.ts';
import { within } from '../tracing.ts';

/** What the path of a webhook needs; app.ts wires it. */
export interface HooksParts {
  readonly limits: IngressLimits;
  readonly domains: readonly Domain[] | undefined;
  readonly trustedProxies: BlockList;
  readonly installationKey: Uint8Array;
  readonly catalog: () => SourceCatalog;
  readonly backbone: () => Backbone | undefined;
  readonly keyMaterial: KeyMaterialStore;
  readonly failedVerifications: FailedVerifications;
  readonly rates: SourceRates;
  readonly knownContents: KnownContents;
  readonly signedOnce: SignedOnce;
  readonly rejections: RejectionRecorder;
  readonly budget: ByteBudget;
  readonly inFlight: { requests: number };
  /** Whether the process is going away, so that connections end with their answer. */
  readonly isStopping: () => boolean;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly startRequestSpan: StartRequestSpan;
  readonly clock: Clock;
}

/** Answers a request to a source; rejects only where no answer could be made. */
export type HooksRoute = (request: IncomingMessage, response: ServerResponse, sourceId: string) => Promise<void>;

/** Every method of /hooks/:sourceId. */
export function hooksRoute(parts: HooksParts): HooksRoute {
  return async (request, response, sourceId) => {
    const exchange = openExchange(request, response, parts);
    await within(exchange.span, () => answer(exchange, sourceId, parts));
  };
}

async function answer(exchange: Exchange, sourceId: string, parts: HooksParts): Promise<void> {
  parts.inFlight.requests += 1;
  try {
    finish(exchange, await outcomeOf(exchange, sourceId, parts), parts);
  } finally {
    parts.inFlight.requests -= 1;
    exchange.share.release();
  }
}

type Outcome = Reply | Refusal | typeof clientGone;

async function outcomeOf(exchange: Exchange, sourceId: string, parts: HooksParts): Promise<Outcome> {
  try {
    const prepared = await prepare(exchange, sourceId, parts);
    if (!isAcceptable(prepared)) return prepared;
    // Kafka is waited for here, where nothing is held of what the records were made of.
    const before = elapsedMs(exchange);
    const { source, publisher, records, reply } = prepared;
    const refused = await publish(publisher, records, source.acceptDeadlineMs - before);
    exchange.spentMs.publish = elapsedMs(exchange) - before;
    if (refused !== undefined) return refused;
    countReceived(exchange, parts.metrics);
    return reply;
  } catch (error) {
    // Our own bug. The sender must try again, so it is a 503 and never a 4xx.
    return new Refusal({ step: 'internal', code: 'unknown', detail: messageOf(error), cause: error });
  }
}

/** The path of a webhook up to its records, cheapest and safest check first. A refusal at any step ends it. */
async function prepare(exchange: Exchange, sourceId: string, parts: HooksParts): Promise<Acceptable | Outcome> {
  const { request } = exchange;
  const unfit = checkRequest(request, parts.limits);
  if (unfit !== undefined) return unfit;

  const source = findSource(parts.catalog(), sourceId, parts.domains);
  if (source instanceof Refusal) return source;
  exchange.source = source;
  // Before a byte of the body is read.
  const address = clientAddress(request, parts.trustedProxies);
  const sender = senderPair(sourceId, address);
  const { method = '' } = request;
  const packing = packingOf(request);
  const wrong =
    checkAddress(source, address) ??
    checkFailedVerifications(parts.failedVerifications, sender) ??
    checkMethod(source, method) ??
    checkPacking(packing, source.provider.contentEncodings?.(source.settings.options) ?? []) ??
    checkDeclaredSize(request, source.bodyLimitBytes);
  if (wrong !== undefined) return wrong;
  if (isProbe(method)) return plainAccepted;

  const backbone = parts.backbone();
  if (backbone === undefined) return notReady();
  if (!exchange.share.take(headCostBytes(request))) return overloaded();
  askForBody(request, exchange.response);
  const limitBytes = Math.min(source.bodyLimitBytes, parts.limits.largestBodyBytes);
  const body = await readBody(request, {
    limitBytes,
    timeoutMs: parts.limits.bodyTimeoutMs,
    share: exchange.share,
  });
  exchange.spentMs.read = elapsedMs(exchange);
  if (!Buffer.isBuffer(body)) return body;
  exchange.body = body;

  const unpacked = packing === undefined ? body : await unpack(body, { limitBytes, share: exchange.share });
  if (!Buffer.isBuffer(unpacked)) return unpacked;
  const plain = receive(request, unpacked, {
    publicBaseUrl: source.settings.publicBaseUrl,
    trustedProxies: parts.trustedProxies,
  });
  const received: ReceivedRequest = packing === undefined ? plain : { ...plain, packedBody: body };
  const { handshake } = source.provider;
  const greeting = handshake?.unsigned?.(received, source.settings);
  if (greeting !== undefined) return greeting;
  const notAMessage = checkMessageMethod(source, method);
  if (notAMessage !== undefined) return notAMessage;

  // Most providers need nothing fetched, and for them nothing is waited for.
  const unproven = { source, settings: source.settings, received, sender };
  const fetches = source.provider.keyMaterial !== undefined;
  const delivery = fetches ? await verifyByKeys(exchange, unproven, parts) : verify(exchange, unproven, parts);
  if (delivery instanceof Refusal) return delivery;
  // Behind the signature, or anyone who knows the URL could use the rate up.
  const checked = checkRate(parts.rates, source);
  const above = checked instanceof Promise ? await checked : checked;
  if (above !== undefined) return above;

  const signedGreeting = handshake?.signed?.(delivery);
  if (signedGreeting !== undefined) return signedGreeting;

  const before = elapsedMs(exchange);
  const { codec, maxRecordBytes } = backbone;
  const { knownContents } = parts;
  const context = contextOf(exchange, source, parts);
  const normalised = await normalise(source, delivery, { codec, maxRecordBytes, context, knownContents });
  exchange.spentMs.normalise = elapsedMs(exchange) - before;
  noteEvents(exchange, normalised);
  const reply = acceptedReply(
    replyTo(source.provider, delivery, normalised.normalization),
    exchange.deliveryId,
    exchange.eventIds,
  );
  const records = [
    deliveryRecord(backbone.codec, { ...exchangeFacts(exchange), delivery, normalised, answerStatus: reply.status }),
    ...normalised.events.map((event) => event.encoded),
  ];
  return { source, publisher: backbone.publisher, records, reply };
}

/** All that is left to do for a delivery is to have its records acknowledged. */
interface Acceptable {
  readonly source: ConfiguredSource;
  readonly publisher: Publisher;
  readonly records: readonly OutgoingRecord[];
  readonly reply: Reply;
}

function isAcceptable(prepared: Acceptable | Outcome): prepared is Acceptable {
  return typeof prepared === 'object' && 'records' in prepared;
}

interface Unproven {
  readonly source: ConfiguredSource;
  readonly settings: ConfiguredSource['settings'];
  readonly received: ReceivedRequest;
  readonly sender: SenderPair;
}

function verify(
  exchange: Exchange,
  { source, settings, received, sender }: Unproven,
  parts: HooksParts,
): VerifiedDelivery | Refusal {
  const before = elapsedMs(exchange);
  const result = verifyDelivery({ provider: source.provider, settings }, received, parts.clock());
  exchange.spentMs.verify = elapsedMs(exchange) - before;
  if (result.ok) {
    parts.failedVerifications.proven(sender);
    return parts.signedOnce.refusalOf(source, received) ?? result.delivery;
  }
  const status = source.provider.refusalStatus?.[result.step];
  const refusal = new Refusal({ step: result.step, code: result.code, detail: result.detail, status });
  if (isCharged(refusal)) parts.failedVerifications.failed(sender);
  return refusal;
}

/** The same where key material may have to be fetched first. */
async function verifyByKeys(
  exchange: Exchange,
  unproven: Unproven,
  parts: HooksParts,
): Promise<VerifiedDelivery | Refusal> {
  const before = elapsedMs(exchange);
  const settings = await keyedSettings(unproven, parts.keyMaterial);
  if (settings instanceof Refusal) {
    // The request chose what to fetch. Whoever has proven itself is not refused for it.
    if (settings.code === 'dependency_unavailable') parts.failedVerifications.failed(unproven.sender);
    return settings;
  }
  const result = verify(exchange, { ...unproven, settings }, parts);
  exchange.spentMs.verify = elapsedMs(exchange) - before;
  return result;
}

async function keyedSettings(
  { source, received }: Unproven,
  store: KeyMaterialStore,
): Promise<ConfiguredSource['settings'] | Refusal> {
  try {
    return await store.settingsFor(source, received);
  } catch (cause) {
    // Not the sender's fault: it must try again, and a 401 could make it give up.
    return new Refusal({ step: 'key_material', code: classify(cause).code, detail: messageOf(cause), cause });
  }
}

function contextOf(exchange: Exchange, source: ConfiguredSource, parts: HooksParts): DeliveryContext {
  return {
    tenantId: source.settings.tenantId,
    sourceId: source.settings.sourceId,
    provider: source.provider.name,
    deliveryId: exchange.deliveryId,
    receivedAtMs: exchange.receivedAtMs,
    correction: 0,
    installationKey: parts.installationKey,
  };
}

function noteEvents(exchange: Exchange, { normalization, events, conflicts }: NormalisedDelivery): void {
  exchange.verdict = normalization.verdict;
  exchange.eventIds = events.map((event) => event.eventId);
  exchange.eventTypes = events.map((event) => event.type);
  exchange.conflicts = conflicts;
}

/** Answers, then tells: the answer waits for neither the log nor a rejection record. */
function finish(exchange: Exchange, outcome: Outcome, parts: HooksParts): void {
  if (outcome === clientGone) {
    logDelivery(exchange, { status: clientGoneStatus }, parts);
    return;
  }
  const refusal = outcome instanceof Refusal ? outcome : undefined;
  const reply = outcome instanceof Refusal ? refusedReply(outcome, exchange.source?.provider) : outcome;
  if (refusal === undefined) exchange.response.once('finish', afterAnswer);
  // Where a malformed request ends is in doubt, so nothing behind it is read as another one.
  const close = parts.isStopping() || refusal?.code === 'request_malformed';
  respond(exchange.request, exchange.response, { reply, deliveryId: exchange.deliveryId, close });
  logDelivery(exchange, { status: reply.status, refusal }, parts);
  if (refusal !== undefined && isRecorded(refusal)) parts.rejections.record(exchange, refusal, reply.status);
}

/**
 * What the sender did is recorded, and what it could not prove for our own fault; the rest of our trouble is in the log
 * and the metrics. By the code, since a provider may want another status.
 */
function isRecorded(refusal: Refusal): boolean {
  const code = httpStatusOf(refusal.code) < 500 || refusal.code === 'verification_unavailable';
  return refusal.status === undefined ? code : refusal.status < 500;
}

function afterAnswer(): void {
  failpoint('ingress.after_answer');
}

/** Nobody got it; for the log only. */
const clientGoneStatus = 499;

function exchangeFacts(exchange: Exchange): Pick<Exchange, 'deliveryId' | 'receivedAtMs' | 'traceId'> {
  return { deliveryId: exchange.deliveryId, receivedAtMs: exchange.receivedAtMs, traceId: exchange.traceId };
}

function countReceived({ source, verdict, eventTypes, conflicts }: Exchange, metrics: Metrics): void {
  const label = source?.settings.sourceId ?? '';
  metrics.count('webhook_verdicts_total', { source: label, verdict: verdict ?? '' });
  if (conflicts > 0) metrics.count('event_id_conflicts_total', { source: label }, conflicts);
  if (eventTypes.length === 0) metrics.count('webhooks_received_total', { source: label, event: 'none' });
  for (const event of eventTypes) metrics.count('webhooks_received_total', { source: label, event });
}

function notReady(): Refusal {
  const detail = 'the schemas were not found in the registry yet; /readyz says why to operators';
  return new Refusal({ step: 'ready', code: 'dependency_unavailable', detail });
}
