import type { ApiScope } from '@trunkline/delivery';
import type { RouteName } from '@trunkline/http-api';

/**
 * Which scope a key has to have for each route: the one table of what may be asked. A route that is not here does not compile,
 * and a line without its route neither.
 */
export const permissions = {
  'GET /v1/endpoints': 'endpoints:read',
  'POST /v1/endpoints': 'endpoints:write',
  'GET /v1/endpoints/{endpointId}': 'endpoints:read',
  'PATCH /v1/endpoints/{endpointId}': 'endpoints:write',
  'DELETE /v1/endpoints/{endpointId}': 'endpoints:write',
  'POST /v1/endpoints/{endpointId}/rotate-secret': 'endpoints:write',
  'POST /v1/endpoints/{endpointId}/enable': 'endpoints:write',
  'POST /v1/endpoints/{endpointId}/pause': 'endpoints:write',
  'POST /v1/endpoints/{endpointId}/resume': 'endpoints:write',
  'POST /v1/endpoints/{endpointId}/disable': 'endpoints:write',
  'POST /v1/endpoints/{endpointId}/release': 'messages:write',
  'POST /v1/filters/check': 'messages:read',
  'GET /v1/messages': 'messages:read',
  'GET /v1/messages/{eventId}': 'messages:read',
  'POST /v1/messages/{eventId}/resend': 'messages:write',
  'GET /v1/undelivered': 'messages:read',
  'GET /v1/undelivered/summary': 'messages:read',
  'GET /v1/jobs': 'jobs:read',
  'POST /v1/jobs': 'jobs:write',
  'GET /v1/jobs/{jobId}': 'jobs:read',
  'POST /v1/jobs/{jobId}/pause': 'jobs:write',
  'POST /v1/jobs/{jobId}/resume': 'jobs:write',
  'POST /v1/jobs/{jobId}/cancel': 'jobs:write',
} as const satisfies Record<RouteName, ApiScope>;

export type DeliveryRoute = keyof typeof permissions;
