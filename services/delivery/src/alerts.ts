import { type Alert, type AlertLook, alertLimits } from '@trunkline/consumer';
import { endpointIdOfUuid } from '@trunkline/delivery';

import { deliveryLimits } from './limits.ts';

/** What operators are told of endpoints: that one will be disabled, at each part of the time until then, and that one is. */
export const alerts: AlertLook = async (tx, tenants) => {
  const rows = await tx.query<Row>(rowsSql(tx.schema), [tenants, alertLimits.mostAlerts]);
  return rows.map(alertOf);
};

interface Row {
  readonly uuid: string;
  readonly tenant: string;
  readonly state: 'enabled' | 'disabled';
  readonly reason: string;
  readonly failingSince: Date;
  readonly code: string | null;
  readonly told: number;
}

function alertOf({ uuid, tenant, state, reason, failingSince, code, told }: Row): Alert {
  const endpoint = endpointIdOfUuid(uuid);
  if (state === 'disabled')
    return { template: 'operator_endpoint_disabled', subject: endpoint, parameters: { endpoint, tenant, reason } };
  return {
    template: 'operator_endpoint_failing',
    subject: `${endpoint}/${told}`,
    parameters: {
      endpoint,
      tenant,
      failure: code,
      failingSinceAt: failingSince.toISOString(),
      disableAt: new Date(failingSince.getTime() + deliveryLimits.disableAfterMs).toISOString(),
    },
  };
}

// What an operator disabled had no failures, or is known to have had them.
const rowsSql = (schema: string): string => `
SELECT e.endpoint_id AS uuid, e.tenant_id AS tenant, e.state, e.state_reason AS reason, h.failing_since AS "failingSince",
  h.last_code AS code, h.told
FROM ${schema}.endpoint e JOIN ${schema}.endpoint_health h USING (endpoint_id)
WHERE e.tenant_id = ANY ($1) AND h.failing_since IS NOT NULL AND (e.state = 'disabled' OR (e.state = 'enabled' AND h.told > 0
  AND h.failing_since >= date_trunc('milliseconds', e.state_since)))
ORDER BY h.failing_since, e.endpoint_id LIMIT $2`;
