import { type AlertLook, alertLimits } from '@trunkline/consumer';

/**
 * What operators are told of connections: that one cannot be used as it should be, and why. Not of one that stands still
 * because somebody said so, but for one that was revoked: that cannot be taken back.
 */
export const alerts: AlertLook = async (tx, tenants) => {
  const rows = await tx.query<Row>(rowsSql, [tenants, alertLimits.mostAlerts]);
  return rows.map(({ connection, tenant, provider, reason }) => ({
    template: 'operator_connection_unusable',
    subject: `${connection}/${reason}`,
    parameters: { connection, tenant, provider, reason },
  }));
};

interface Row {
  readonly connection: string;
  readonly tenant: string;
  readonly provider: string;
  readonly reason: string;
}

const rowsSql = `
SELECT connection_id AS connection, tenant_id AS tenant, provider,
  CASE WHEN state = 'revoked' THEN 'revoked' ELSE coalesce(reason, state) END AS reason
FROM connections.connection
WHERE tenant_id = ANY ($1) AND is_configured AND state IN ('degraded', 'needs_authorization', 'revoked')
ORDER BY since, connection_id LIMIT $2`;
