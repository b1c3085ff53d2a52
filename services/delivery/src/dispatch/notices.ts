import { channels, endpointIdOfUuid } from '@trunkline/delivery';

import type { Dispatcher } from './dispatcher.ts';

/** Tells a dispatcher what a transaction of this schema has told. */
export function hearNotice(
  dispatcher: Dispatcher,
  { channel, payload }: { readonly channel: string; readonly payload: string },
): void {
  if (channel === channels.routes) dispatcher.lookAtRoutes();
  else if (channel === channels.taken) dispatcher.letGoOf(endpointIdOfUuid(payload));
  else dispatcher.lookAt(payload.split(',').map(Number));
}
