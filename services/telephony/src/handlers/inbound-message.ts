import { entityOf, type HandlerOffers, noticeHandler } from '@trunkline/consumer';
import { type EntityKey, entityValues, type Transaction, entityColumns } from '@trunkline/postgres';
import { type Ends, phoneOfEnds } from '@trunkline/sources/directory';

import { entitiesSql } from '../phones/entities.ts';
import type { FollowUp } from './followed-by.ts';
import { worthTellingMs } from './worth-telling.ts';

/**
 * Asks that the owners of a phone be told of a message to it. Its text stays where it is. Who sent it is read from the
 * row, which no longer knows somebody who is erased.
 */
export function inboundMessages({
  directory,
  notices,
}: Pick<HandlerOffers, 'directory' | 'notices'>): FollowUp<'telephony.message.v1'> {
  const asking = noticeHandler(
    {
      template: 'inbound_message',
      topic: 'telephony.message.v1',
      types: ['telephony.message.received'],
      worthTellingMs,
      notice: async ({ record: { metadata, channel } }, tx) => {
        const { from = null, to = null } = await endsOf(tx, entityOf(metadata));
        return {
          phone:
            phoneOfEnds(directory, metadata.tenantId, { direction: 'inbound', from, to }) ??
            directory.phoneOfSource(metadata.tenantId, metadata.sourceId),
          parameters: { from, to, channel },
          names: [entityOf(metadata)],
        };
      },
    },
    notices,
  );
  return async (events, tx) => {
    await asking.handleBatch(
      events.filter(({ type }) => asking.types.includes(type)),
      tx,
    );
  };
}

async function endsOf(tx: Transaction, key: EntityKey): Promise<Ends> {
  const [row = {}] = await tx.query<Ends>(endsSql(tx.schema), entityValues([key]));
  return row;
}

const endsSql = (schema: string): string => `
SELECT from_address AS "from", to_address AS "to" FROM ${schema}.message JOIN ${entitiesSql} USING (${entityColumns})`;
