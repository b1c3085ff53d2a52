import { channels, endpointIdOfUuid, isEndpointId } from '@trunkline/delivery';

import type { Dispatcher } from './dispatcher.ts';

/** Of a dispatcher what notices are for. */
export type NoticeListener = Pick<Dispatcher, 'lookAt' | 'lookAtEndpoints' | 'lookAtRoutes' | 'letGoOf'>;

/** Tells a dispatcher what a transaction of this schema has told. */
export function hearNotice(
  dispatcher: NoticeListener,
  { channel, payload }: { readonly channel: string; readonly payload: string },
): void {
  if (channel === channels.routes) dispatcher.lookAtRoutes();
  else if (channel === channels.taken) dispatcher.letGoOf(endpointIdOfUuid(payload));
  else {
    const names = payload.split(',');
    const endpoints = names.filter(isEndpointId);
    if (endpoints.length > 0) dispatcher.lookAtEndpoints(endpoints);
    if (endpoints.length < names.length) dispatcher.lookAt(names.filter((name) => !isEndpointId(name)).map(Number));
  }
}
