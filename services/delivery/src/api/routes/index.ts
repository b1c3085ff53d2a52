import type { Route } from '@trunkline/http-api';

import type { DeliveryParts } from '../parts.ts';
import type { DeliveryRoute } from '../permissions.ts';
import * as endpoints from './endpoints.ts';
import * as filters from './filters.ts';
import * as jobs from './jobs.ts';
import * as messages from './messages.ts';
import * as undelivered from './undelivered.ts';

/** Every route, by its line in the table of permissions. */
export const routes: Readonly<Record<DeliveryRoute, Route<DeliveryParts>>> = {
  'GET /v1/endpoints': endpoints.list,
  'POST /v1/endpoints': endpoints.create,
  'GET /v1/endpoints/{endpointId}': endpoints.read,
  'PATCH /v1/endpoints/{endpointId}': endpoints.update,
  'DELETE /v1/endpoints/{endpointId}': endpoints.remove,
  'POST /v1/endpoints/{endpointId}/rotate-secret': endpoints.rotate,
  'POST /v1/endpoints/{endpointId}/enable': endpoints.enable,
  'POST /v1/endpoints/{endpointId}/pause': endpoints.pause,
  'POST /v1/endpoints/{endpointId}/resume': endpoints.resume,
  'POST /v1/endpoints/{endpointId}/disable': endpoints.disable,
  'POST /v1/endpoints/{endpointId}/release': endpoints.releaseHeld,
  'POST /v1/filters/check': filters.check,
  'GET /v1/messages': messages.list,
  'GET /v1/messages/{eventId}': messages.read,
  'POST /v1/messages/{eventId}/resend': messages.resendToEndpoints,
  'GET /v1/undelivered': undelivered.list,
  'GET /v1/undelivered/summary': undelivered.summary,
  'GET /v1/jobs': jobs.list,
  'POST /v1/jobs': jobs.start,
  'GET /v1/jobs/{jobId}': jobs.read,
  'POST /v1/jobs/{jobId}/pause': jobs.pause,
  'POST /v1/jobs/{jobId}/resume': jobs.resume,
  'POST /v1/jobs/{jobId}/cancel': jobs.cancel,
};
