import type { BatchHandler, BatchOutcome, ConsumedEvent } from '@trunkline/consumer';
import { type EventTypeOf, type StatedTopic, topicEntry } from '@trunkline/events';
import {
  entityColumns,
  entityParameters,
  entityText,
  entityValues,
  project,
  type Transaction,
} from '@trunkline/postgres';

import { readTouch, type TimelineOffers, type Touch, type TouchDeclaration, touchProjection } from './touch.ts';

/** A handler of every type of a topic that keeps what belongs on a timeline. */
export function touchHandler<T extends StatedTopic>(
  declaration: TouchDeclaration<T>,
  offers: TimelineOffers,
): BatchHandler<T> {
  const { topic, what } = declaration;
  return {
    name: `${what}_touch`,
    topic,
    // topicEntry has the wide types of the catalogue's own row, whose names EventTypeOf is made of.
    types: Object.keys(topicEntry(topic).types) as EventTypeOf<T>[],
    async handleBatch(events: readonly ConsumedEvent<T>[], tx: Transaction): Promise<BatchOutcome> {
      const touches = events.map((event) => readTouch(declaration, offers, event));
      const outcome = await project(
        tx,
        touchProjection,
        touches.map(({ shown }) => shown),
      );
      await setTimes(tx, touches);
      await learnCustomers(tx, touches);
      await lockPayments(tx, declaration, touches);
      await pointAtAddresses(tx, touches);
      await shareWithPayments(tx, touches);
      return outcome;
    },
  };
}

/** The earliest time that any event told: the same in every order. What points at a touch has its time, too. */
async function setTimes(tx: Transaction, touches: readonly Touch[]): Promise<void> {
  const earliest = new Map<string, Touch>();
  for (const touch of touches) {
    const id = entityText(touch.key);
    const known = earliest.get(id);
    if (known === undefined || touch.atMs < known.atMs) earliest.set(id, touch);
  }
  const told = [...earliest.values()];
  await tx.query(timesSql, [...entityValues(told.map(({ key }) => key)), told.map(({ atMs }) => atMs)]);
}

const timesSql = `
WITH told AS (
  SELECT *, to_timestamp(at / 1000) AS told_at
  FROM unnest(${entityParameters(1)}, $6::double precision[]) AS i (${entityColumns}, at)
), earlier AS (
  UPDATE crm.touch t SET happened_at = told.told_at FROM told
  WHERE (t.tenant_id, t.provider, t.account, t.kind, t.entity_id)
      = (told.tenant_id, told.provider, told.account, told.kind, told.entity_id)
    AND (t.happened_at IS NULL OR told.told_at < t.happened_at)
)
UPDATE crm.touch_address a SET happened_at = told.told_at FROM told
WHERE (a.tenant_id, a.provider, a.account, a.kind, a.entity_id)
    = (told.tenant_id, told.provider, told.account, told.kind, told.entity_id)
  AND told.told_at < a.happened_at`;

/** What names a customer and an address says that the address is the customer's. */
async function learnCustomers(tx: Transaction, touches: readonly Touch[]): Promise<void> {
  const known = touches.flatMap(({ key: { tenantId }, addresses, customers }) =>
    customers.flatMap((customer) => addresses.map((digest) => ({ tenantId, digest, customer }))),
  );
  if (known.length === 0) return;
  await tx.query(customersSql, [
    known.map(({ tenantId }) => tenantId),
    known.map(({ digest }) => digest),
    known.map(({ customer }) => customer),
  ]);
}

const customersSql = `
INSERT INTO crm.customer_address (tenant_id, digest, customer)
SELECT DISTINCT tenant_id, decode(digest, 'hex'), decode(customer, 'hex')
FROM unnest($1::text[], $2::text[], $3::text[]) AS i (tenant_id, digest, customer)
ORDER BY 1, 2, 3
ON CONFLICT DO NOTHING`;

/**
 * A refund or dispute takes whom it is with from its payment, whichever comes first. Were both written at once, each
 * would miss the other: whoever is about a payment waits for the payments at work, and they for nobody but him.
 */
async function lockPayments<T extends StatedTopic>(
  tx: Transaction,
  { topic }: TouchDeclaration<T>,
  touches: readonly Touch[],
): Promise<void> {
  const tenants = touches.filter(({ payment }) => payment !== undefined).map(({ key }) => key.tenantId);
  if (tenants.length === 0) return;
  await tx.query(topic === 'payments.payment.v1' ? lockSql('_shared') : lockSql(''), [tenants]);
}

const lockSql = (shared: '' | '_shared'): string => `
SELECT pg_advisory_xact_lock${shared}(hashtext('crm.payments'), tenant)
FROM (SELECT DISTINCT hashtext(tenant_id) AS tenant FROM unnest($1::text[]) AS t (tenant_id) ORDER BY 1) AS tenants`;

async function pointAtAddresses(tx: Transaction, touches: readonly Touch[]): Promise<void> {
  const rows = touches.flatMap(({ key, addresses, customers, payment }) =>
    [...addresses, ...customers, ...(payment === undefined ? [] : [payment])].map((digest) => ({ key, digest })),
  );
  if (rows.length === 0) return;
  await tx.query(pointSql, [...entityValues(rows.map(({ key }) => key)), rows.map(({ digest }) => digest)]);
}

const pointSql = `
INSERT INTO crm.touch_address (${entityColumns}, digest, happened_at)
SELECT DISTINCT ${entityColumns}, decode(digest, 'hex'), t.happened_at
FROM unnest(${entityParameters(1)}, $6::text[]) AS i (${entityColumns}, digest)
JOIN crm.touch t USING (${entityColumns})
ORDER BY ${entityColumns}, 6
ON CONFLICT DO NOTHING`;

async function shareWithPayments(tx: Transaction, touches: readonly Touch[]): Promise<void> {
  const about = touches.flatMap(({ key: { tenantId }, payment }) =>
    payment === undefined ? [] : [{ tenantId, payment }],
  );
  if (about.length === 0) return;
  await tx.query(shareSql, [about.map(({ tenantId }) => tenantId), about.map(({ payment }) => payment)]);
}

/** All that is about a payment is with whom any of it is. */
const shareSql = `
INSERT INTO crm.touch_address (${entityColumns}, digest, happened_at)
SELECT DISTINCT about.tenant_id, about.provider, about.account, about.kind, about.entity_id, other.digest, about.happened_at
FROM (SELECT DISTINCT tenant_id, decode(payment, 'hex') AS payment FROM unnest($1::text[], $2::text[]) AS i (tenant_id, payment)) AS p
JOIN crm.touch_address about ON about.tenant_id = p.tenant_id AND about.digest = p.payment
JOIN crm.touch_address known ON known.tenant_id = p.tenant_id AND known.digest = p.payment
JOIN crm.touch_address other ON (other.tenant_id, other.provider, other.account, other.kind, other.entity_id)
  = (known.tenant_id, known.provider, known.account, known.kind, known.entity_id)
ORDER BY 1, 2, 3, 4, 5, 6
ON CONFLICT DO NOTHING`;
