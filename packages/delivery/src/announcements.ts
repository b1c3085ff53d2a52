import type { EventTypeOf, PayloadOf } from '@trunkline/events';
import type { Transaction } from '@trunkline/postgres';

import { type EndpointId, endpointUuid } from './ids.ts';

/** What became of an endpoint. */
export interface EndpointNews {
  readonly type: EventTypeOf<'delivery.endpoint.v1'>;
  readonly stated: Partial<PayloadOf<'delivery.endpoint.v1'>>;
}

/** What became of a message at an endpoint. */
export interface MessageNews {
  readonly endpointId: EndpointId;
  readonly eventUuid: string;
  readonly tenantId: string;
  readonly type: EventTypeOf<'delivery.message.v1'>;
  /** Of its requests; there is one such event of a message, an endpoint and a number. */
  readonly no: number;
  readonly stated: Partial<PayloadOf<'delivery.message.v1'>>;
}

/**
 * Tells what became of an endpoint when the transaction commits, or never. The row of its route is locked, so that what is told
 * of one endpoint is told in order.
 */
export async function announceEndpoint(
  tx: Transaction,
  endpointId: EndpointId,
  { type, stated }: EndpointNews,
): Promise<void> {
  await tx.query(
    `WITH counted AS (
       UPDATE ${tx.schema}.route SET transitions = transitions + 1 WHERE endpoint_id = $1::uuid
       RETURNING tenant_id, endpoint_id, transitions)
     INSERT INTO ${tx.schema}.announcement (tenant_id, endpoint_id, type, no, stated)
     SELECT tenant_id, endpoint_id, $2, transitions, $3::jsonb FROM counted`,
    [endpointUuid(endpointId), type, JSON.stringify(stated)],
  );
}

/** The same of messages. What carries news of this kind itself is not told of: two endpoints that fail would tell of each other for ever. */
export async function announceMessages(
  tx: Transaction,
  news: readonly MessageNews[],
  isOwn: (messageType: string) => boolean = isOwnType,
): Promise<void> {
  const told = news.filter(({ stated }) => !isOwn(stated.messageType ?? ''));
  if (told.length === 0) return;
  await tx.query(
    `INSERT INTO ${tx.schema}.announcement (tenant_id, endpoint_id, event_id, type, no, stated)
     SELECT tenant_id, endpoint_id, event_id, type, no, stated
     FROM unnest($1::text[], $2::uuid[], $3::uuid[], $4::text[], $5::bigint[], $6::jsonb[]) WITH ORDINALITY
       AS given (tenant_id, endpoint_id, event_id, type, no, stated, place) ORDER BY place`,
    [
      told.map(({ tenantId }) => tenantId),
      told.map(({ endpointId }) => endpointUuid(endpointId)),
      told.map(({ eventUuid }) => eventUuid),
      told.map(({ type }) => type),
      told.map(({ no }) => no),
      told.map(({ stated }) => JSON.stringify(stated)),
    ],
  );
}

/** Whether an event of the type tells of webhooks out themselves. */
export function isOwnType(type: string): boolean {
  return type.startsWith('delivery.');
}
