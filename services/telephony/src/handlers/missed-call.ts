import { type ConsumedEvent, type HandlerOffers, type Notice, noticeSubject } from '@trunkline/consumer';
import {
  entityColumns,
  type EntityKey,
  entityText,
  entityValues,
  selectEntity,
  type Transaction,
} from '@trunkline/postgres';
import { type Directory, phoneOfEnds, phoneOfText, type PhoneId } from '@trunkline/sources/directory';

import { entitiesSql, keyOf, lastOfEach, metadataOf } from '../phones/entities.ts';
import type { FollowUp } from './followed-by.ts';
import { worthTellingMs } from './worth-telling.ts';

/**
 * Asks that the owners of a phone be told of a call that nobody took: one from outside that ended otherwise than
 * completed, or a leg that it was connected to and that did not answer. It is told once for the call from outside,
 * however many legs there were.
 *
 * The leg may be known before the call it belongs to, which says whose phone it is. So each event of a call asks for
 * what is missed by it and by its legs.
 */
export function missedCalls({
  directory,
  notices,
}: Pick<HandlerOffers, 'directory' | 'notices'>): FollowUp<'telephony.call.v1'> {
  return async (events, tx) => {
    const last = lastOfEach(events);
    const keys = [...last.values()].map(keyOf);
    await takeTurns(tx, keys);
    const missed = await tx.query<MissedRow>(missedSql(tx.schema), entityValues(keys));
    await notices.ask(
      tx,
      missed.flatMap((row) => {
        // The event is the leg's own where there is one: it says most of what is told.
        const event = last.get(entityText(row)) ?? last.get(entityText({ ...row, entityId: row.call_id }));
        return event === undefined ? [] : [noticeOf(row, event, directory)];
      }),
    );
  };
}

interface MissedRow extends EntityKey {
  /** The call from outside: the leg itself where it is none that another one was connected to. */
  readonly call_id: string;
  readonly outcome: string;
  readonly from_address: string | null;
  readonly to_address: string | null;
  readonly ended_at: Date | null;
  readonly call_direction: string | null;
  readonly call_from: string | null;
  readonly call_to: string | null;
  readonly call_forwarded_from: string | null;
}

function noticeOf(row: MissedRow, event: ConsumedEvent<'telephony.call.v1'>, directory: Directory): Notice {
  const endedAtMs = row.ended_at?.getTime() ?? metadataOf(event).occurredAt;
  return {
    template: 'missed_call',
    subject: noticeSubject({ provider: row.provider, account: row.account, kind: row.kind, id: row.call_id }),
    event,
    handler: 'missed_call',
    phoneId: phoneIdOf(row, event, directory),
    parameters: {
      from: row.call_from ?? row.from_address,
      to: row.call_to ?? row.to_address,
      outcome: row.outcome,
      endedAt: new Date(endedAtMs).toISOString(),
    },
    names: [entityOfRow(row), { ...entityOfRow(row), entityId: row.call_id }],
    notAfterMs: metadataOf(event).receivedAt + worthTellingMs,
  };
}

function entityOfRow({ tenantId, provider, account, kind, entityId }: MissedRow): EntityKey {
  return { tenantId, provider, account, kind, entityId };
}

/** Who was called: at the leg, else at the call that it belongs to, else at the source. */
function phoneIdOf(
  row: MissedRow,
  event: ConsumedEvent<'telephony.call.v1'>,
  directory: Directory,
): PhoneId | undefined {
  const call = {
    direction: row.call_direction,
    from: row.call_from,
    to: row.call_to,
    forwardedFrom: row.call_forwarded_from,
  };
  const phone =
    phoneOfText(directory, row.tenantId, row.to_address) ??
    phoneOfEnds(directory, row.tenantId, call) ??
    directory.phoneOfSource(row.tenantId, metadataOf(event).sourceId);
  return phone?.id;
}

/** What of these calls is missed, and what of the legs that they were connected to. */
const missedSql = (schema: string): string => `
SELECT ${selectEntity('leg')}, leg.outcome, leg.from_address, leg.to_address, leg.ended_at,
  coalesce(leg.parent_call_id, leg.entity_id) AS call_id, call.direction AS call_direction,
  call.from_address AS call_from, call.to_address AS call_to, call.forwarded_from AS call_forwarded_from
FROM (
  SELECT leg.* FROM ${entitiesSql} JOIN ${schema}.call AS leg USING (${entityColumns})
  UNION
  SELECT leg.* FROM ${entitiesSql}
  JOIN ${schema}.call AS leg ON (leg.tenant_id, leg.provider, leg.account, leg.kind, leg.parent_call_id)
    = (given.tenant_id, given.provider, given.account, given.kind, given.entity_id)
) AS leg
LEFT JOIN ${schema}.call AS call ON (call.tenant_id, call.provider, call.account, call.kind, call.entity_id)
  = (leg.tenant_id, leg.provider, leg.account, leg.kind, coalesce(leg.parent_call_id, leg.entity_id))
WHERE CASE WHEN leg.parent_call_id IS NULL THEN leg.direction = 'inbound' AND leg.outcome <> 'completed'
  ELSE leg.outcome IN ('no_answer', 'busy', 'failed', 'canceled') END
ORDER BY leg.tenant_id, leg.provider, leg.account, leg.kind, call_id, leg.entity_id`;

/**
 * A leg and the call it belongs to may be written by two transactions at one time, neither of which sees the other's
 * row: then nobody would be told. So whoever looks for both waits for the other one's end, and then sees it. Calls only
 * look, and wait for no other call; a leg that is missed waits for everybody of its share.
 */
async function takeTurns(tx: Transaction, keys: readonly EntityKey[]): Promise<void> {
  await tx.query(turnsSql(tx.schema), entityValues(keys));
}

/** In the order of the shares, each once and in its strongest form: nobody waits for who waits for them. */
const turnsSql = (schema: string): string => `
SELECT CASE WHEN alone THEN pg_advisory_xact_lock(hashtext('${schema}.missed_call'), share)
  ELSE pg_advisory_xact_lock_shared(hashtext('${schema}.missed_call'), share) END
FROM (
  SELECT hashtext(concat_ws('/', tenant_id, provider, account, call_id)) & 15 AS share, bool_or(alone) AS alone
  FROM (
    SELECT tenant_id, provider, account, entity_id AS call_id, false AS alone FROM ${entitiesSql}
    UNION ALL
    SELECT leg.tenant_id, leg.provider, leg.account, leg.parent_call_id, true
    FROM ${entitiesSql} JOIN ${schema}.call AS leg USING (${entityColumns})
    WHERE leg.parent_call_id IS NOT NULL AND leg.outcome IN ('no_answer', 'busy', 'failed', 'canceled')
  ) AS calls
  GROUP BY share ORDER BY share
) AS shares`;
