import { type Alert, type AlertLook, alertLimits } from '@trunkline/consumer';

/**
 * What operators are told of messages to people. Never of messages that tell operators something: an alert that cannot be
 * sent would ask for the next one, which cannot be sent either.
 */
export const alerts: AlertLook = async (tx, tenants) => {
  const rows = await tx.query<Row>(rowsSql, [tenants, alertLimits.mostAlerts]);
  return rows.map(alertOf);
};

interface Row {
  readonly state: 'held' | 'failed';
  readonly tenant: string;
  readonly count: number;
  readonly oldestAt: Date;
  readonly reason: string | null;
}

function alertOf({ state, tenant, count, oldestAt, reason }: Row): Alert {
  return state === 'held'
    ? {
        template: 'operator_messages_held',
        subject: tenant,
        parameters: { tenant, count, oldestAt: oldestAt.toISOString() },
      }
    : { template: 'operator_messages_failed', subject: tenant, parameters: { tenant, count, reason } };
}

// What failed is over after a day; what is held waits until somebody decides.
const rowsSql = `
SELECT state, tenant_id AS tenant, count(*)::int AS count, min(created_at) AS "oldestAt",
  (array_agg(code ORDER BY changed_at DESC))[1] AS reason
FROM notifications.message
WHERE tenant_id = ANY ($1) AND (template IS NULL OR NOT starts_with(template, 'operator_'))
  AND (state = 'held' OR (state = 'failed' AND created_at > now() - interval '1 day'))
GROUP BY 1, 2 ORDER BY min(created_at), 1, 2 LIMIT $2`;
