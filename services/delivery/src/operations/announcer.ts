import type { TellsEvents, WorkBeside } from '@trunkline/consumer';
import { createRounds, eventIdOfUuid, newDeliveryId } from '@trunkline/core';
import { endpointIdOfUuid } from '@trunkline/delivery';
import { sealEvent, type SealedEvent, unstatedPayload } from '@trunkline/events';
import type { Database } from '@trunkline/postgres';
import type { Logger, Metrics } from '@trunkline/runtime';

import { deliveryLimits } from '../limits.ts';

/** The topics that the announcer writes to. */
type AnnouncedTopic = 'delivery.endpoint.v1' | 'delivery.message.v1';

interface Row {
  readonly id: string;
  readonly tenant_id: string;
  readonly endpoint_id: string;
  readonly event_id: string | null;
  readonly type: string;
  readonly no: string;
  readonly at_ms: number;
  readonly stated: Readonly<Record<string, unknown>>;
}

/** Makes events of what became of endpoints and messages, and moves them to the outbox, in their order. */
export function createAnnouncer({
  database,
  events,
  log,
  metrics,
}: {
  readonly database: Database;
  readonly events: TellsEvents;
  readonly log: Logger;
  readonly metrics: Pick<Metrics, 'gauge'>;
}): WorkBeside {
  let oldestSeconds = 0;
  metrics.gauge('delivery_announcements_oldest_seconds', () => oldestSeconds);

  async function measureOldest(signal: AbortSignal): Promise<number> {
    const [oldest] = await database.statement<{ readonly seconds: number }>(
      `SELECT extract(epoch FROM clock_timestamp() - at)::double precision AS seconds
       FROM delivery.announcement ORDER BY id LIMIT 1`,
      [],
      { signal },
    );
    return Math.max(0, oldest?.seconds ?? 0);
  }

  async function moveSome(signal: AbortSignal): Promise<number> {
    const moved = await database.transaction(
      [],
      async (tx) => {
        // Waits for another process that is at it: so the order of the ids is that of the outbox.
        const rows = await tx.query<Row>(
          `DELETE FROM ${tx.schema}.announcement WHERE id IN (
             SELECT id FROM ${tx.schema}.announcement ORDER BY id LIMIT $1 FOR UPDATE)
           RETURNING id::text AS id, tenant_id, endpoint_id, event_id, type, no::text AS no,
             floor(extract(epoch FROM at) * 1000)::double precision AS at_ms, stated`,
          [deliveryLimits.announcedAtOnce],
        );
        const inOrder = rows.toSorted((a, b) => Number(a.id) - Number(b.id));
        await events.add(tx, inOrder.map(sealedOf));
        return rows.length;
      },
      { signal },
    );
    if (moved > 0) events.nudge();
    return moved;
  }

  const rounds = createRounds({
    everyMs: deliveryLimits.announceEveryMs,
    async round(signal) {
      // Before they are moved: what cannot be moved is measured, too. While Postgres is away, what was measured last stays.
      oldestSeconds = await measureOldest(signal);
      while ((await moveSome(signal)) === deliveryLimits.announcedAtOnce && !signal.aborted);
    },
    onFailed: ({ code, message }) =>
      log.warn(
        { event: 'delivery.announcements_wait', code, reason: message },
        'what became of endpoints is not told yet',
      ),
  });
  return {
    start() {
      rounds.start();
      return Promise.resolve();
    },
    stop: () => rounds.stop(),
  };
}

/** docs/records.md, "Of webhooks out". */
function sealedOf(row: Row): SealedEvent {
  const endpointId = endpointIdOfUuid(row.endpoint_id);
  return row.event_id === null
    ? sealed('delivery.endpoint.v1', row, { kind: 'endpoint', id: endpointId, parts: [endpointId] })
    : sealed('delivery.message.v1', row, {
        kind: 'message',
        id: `${eventIdOfUuid(row.event_id)}/${endpointId}`,
        parts: [eventIdOfUuid(row.event_id), endpointId],
      });
}

function sealed(
  topic: AnnouncedTopic,
  row: Row,
  entity: { readonly kind: string; readonly id: string; readonly parts: readonly string[] },
): SealedEvent {
  const { tenant_id: tenantId, endpoint_id: uuid, type, no, at_ms: atMs, stated } = row;
  const draft = {
    topic,
    type,
    account: 'delivery',
    entity: { kind: entity.kind, id: entity.id },
    identity: { basis: 'key', parts: [...entity.parts, no] },
    orderBy: { by: 'entity', entity: { kind: 'endpoint', id: endpointIdOfUuid(uuid) } },
    occurred: { at: atMs, estimated: false },
    providerSequence: Number(no),
    statedFields: Object.keys(stated),
    payload: { ...unstatedPayload(topic), ...stated },
  };
  // What was written down was typed by its topic there; sealing checks the type, and encoding every field.
  return sealEvent(draft as unknown as Parameters<typeof sealEvent>[0], {
    tenantId,
    sourceId: 'src_trunkline',
    provider: 'trunkline',
    // Of no delivery: nothing was received.
    deliveryId: newDeliveryId(atMs),
    receivedAtMs: atMs,
    correction: 0,
    installationKey: new Uint8Array(),
  });
}
