import { providerNamed, type ReceivedRequest, type SourceSettings } from '@trunkline/providers';
import { loadFixture, requestOf } from '@trunkline/providers/fixtures';

import type { Answer } from './load.ts';

export interface DeliveryTemplate {
  readonly provider: string;
  readonly fixture: string;
  /** Ids in the fixture's body that get a suffix per delivery: each becomes an event of an entity of its own. */
  readonly freshIds: readonly string[];
  /** Stands between a fresh id and its number, for a handler of a test that treats such events in its own way. */
  readonly marker?: string;
  /** What else differs between deliveries, done to the body after that. */
  readonly rewrite?: (body: string, n: number) => string;
  readonly settings: SourceSettings;
  /** By which clock deliveries are signed; the machine's unless given. */
  readonly nowMs?: () => number;
  /** Base URL of the ingress, read at each posting: after a kill it may be another process. */
  readonly ingressUrl: () => string;
}

export interface DeliverySender {
  /** Delivery number n, the same bytes each time but for the time it is signed at. */
  request(n: number): ReceivedRequest;
  /** Posts delivery n once. Rejects when the connection breaks or nothing answers within the deadline. */
  post(n: number): Promise<Answer>;
}

const answerDeadlineMs = 15_000;

/** Signed webhooks in any number, from one of a provider's fixtures. */
export function createDeliverySender(template: DeliveryTemplate): DeliverySender {
  const definition = providerNamed(template.provider);
  if (definition === undefined) throw new RangeError(`there is no provider ${template.provider}`);
  const fixture = loadFixture(template.provider, template.fixture);
  const text = Buffer.from(fixture.request.body).toString('utf8');
  const nowMs = template.nowMs ?? Date.now;
  const path = `/hooks/${template.settings.sourceId}`;

  const request = (n: number): ReceivedRequest => {
    let body = text;
    for (const id of template.freshIds) body = body.replaceAll(id, freshId(id, n, template.marker ?? ''));
    body = template.rewrite?.(body, n) ?? body;
    const unsigned = requestOf(fixture, `${template.ingressUrl()}${path}`);
    return definition.sign({ ...unsigned, body: Buffer.from(body, 'utf8') }, template.settings, nowMs());
  };

  return { request, post: (n) => postRequest(template.ingressUrl(), request(n)) };
}

/** An id of digits may stand as a number in JSON, and stays one. */
function freshId(id: string, n: number, marker: string): string {
  return /^[0-9]+$/.test(id) ? `${id}${n}` : `${id}${marker}n${n}`;
}

/** Posts a signed request to an ingress and reads its answer. */
export async function postRequest(
  ingressUrl: string,
  request: ReceivedRequest,
  deadlineMs = answerDeadlineMs,
): Promise<Answer> {
  const response = await fetch(`${ingressUrl}${request.target}`, {
    method: request.method,
    headers: request.headers.map(([name, value]) => [name, value]),
    body: request.body,
    signal: AbortSignal.timeout(deadlineMs),
  });
  const text = await response.text();
  const retryAfter = response.headers.get('retry-after');
  return {
    status: response.status,
    deliveryId: response.headers.get('trunkline-delivery-id') ?? undefined,
    eventIds: response.ok ? eventIdsIn(text) : [],
    retryAfterSeconds: retryAfter === null ? undefined : Number(retryAfter),
  };
}

/** The ids of the ingress's own answer, `{ delivery, events }`; none where a provider's answer stands instead. */
function eventIdsIn(text: string): readonly string[] {
  if (!text.startsWith('{')) return [];
  const answer: unknown = JSON.parse(text);
  if (typeof answer !== 'object' || answer === null || !('events' in answer) || !Array.isArray(answer.events))
    return [];
  return answer.events.filter((id) => typeof id === 'string');
}
