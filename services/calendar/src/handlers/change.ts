import type { BatchHandler, HandlerOffers } from '@trunkline/consumer';

import { takeTurns } from '../sync/coalesce.ts';
import { wishOf } from '../sync/wish.ts';

/** Part of the ids of what is asked for: never renamed. */
const name = 'change';

/**
 * Asks that a calendar be read where its provider says only that something changed. What other messages without a
 * canonical form say is somebody else's.
 */
export function changeHandler({
  requests,
  clock,
}: Pick<HandlerOffers, 'requests' | 'clock'>): BatchHandler<'integration.event.v1'> {
  return {
    name,
    topic: 'integration.event.v1',
    types: ['integration.event.received'],
    async handleBatch(events, tx) {
      const wished = events.flatMap((event) => {
        const wish = wishOf(event.record);
        return wish === undefined ? [] : [{ event, tenantId: event.record.metadata.tenantId, wish }];
      });
      const due = await takeTurns(tx, wished, clock());
      await requests.add(
        tx,
        due.map(({ event, wish }) => ({
          topic: 'calendar.sync_request.v1',
          type: 'calendar.sync_request.sync',
          event,
          handler: name,
          qualifier: '',
          payload: wish,
        })),
      );
      return { stale: [] };
    },
  };
}
