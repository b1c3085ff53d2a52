import { type Alert, type AlertLook, alertLimits } from '@trunkline/consumer';
import { endpointIdOfUuid } from '@trunkline/delivery';

import { deliveryLimits } from './limits.ts';

/**
 * What operators are told of endpoints: that one will be disabled, at each part of the time until then, that one is, and
 * that the filter of one could not judge events of the last day.
 */
export const alerts: AlertLook = async (tx, tenants) => {
  const most = alertLimits.mostAlerts;
  const rows = await tx.query<Row>(rowsSql(tx.schema), [tenants, most]);
  const failures = await tx.query<FilterFailure>(filtersSql(tx.schema), [tenants, most - rows.length]);
  return [...rows.map(alertOf), ...failures.map(filterAlertOf)];
};

interface FilterFailure {
  readonly uuid: string;
  readonly tenant: string;
  readonly failedAt: Date;
}

/** Why it failed is not told: it may name values of the event. */
function filterAlertOf({ uuid, tenant, failedAt }: FilterFailure): Alert {
  const endpoint = endpointIdOfUuid(uuid);
  return {
    template: 'operator_filter_failed',
    subject: endpoint,
    parameters: { endpoint, tenant, failedAt: failedAt.toISOString() },
  };
}

// A filter that is taken away fails no more.
const filtersSql = (schema: string): string => `
SELECT e.endpoint_id AS uuid, e.tenant_id AS tenant, h.filter_failed_at AS "failedAt"
FROM ${schema}.endpoint e JOIN ${schema}.endpoint_health h USING (endpoint_id)
WHERE e.tenant_id = ANY ($1) AND e.state <> 'deleted' AND e.filter <> '' AND h.filter_failed_at > now() - interval '1 day'
ORDER BY h.filter_failed_at, e.endpoint_id LIMIT $2`;

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
