import type { Route } from '@trunkline/http-api';

import type { DeliveryParts } from '../parts.ts';
import type { DeliveryRoute } from '../permissions.ts';
import * as endpoints from './endpoints.ts';

/** Every route, by its line in the table of permissions. */
export const routes: Readonly<Record<DeliveryRoute, Route<DeliveryParts>>> = {
  'GET /v1/endpoints': endpoints.list,
  'POST /v1/endpoints': endpoints.create,
  'GET /v1/endpoints/{endpointId}': endpoints.read,
  'PATCH /v1/endpoints/{endpointId}': endpoints.update,
  'DELETE /v1/endpoints/{endpointId}': endpoints.remove,
  'POST /v1/endpoints/{endpointId}/rotate-secret': endpoints.rotate,
  'POST /v1/endpoints/{endpointId}/enable': endpoints.enable,
  'POST /v1/endpoints/{endpointId}/disable': endpoints.disable,
};
