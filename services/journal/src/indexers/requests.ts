import { idPattern, isEventId, isRequestId } from '@trunkline/core';
import type { RecordOf, RecordViews, RequestTopic } from '@trunkline/events';
import { topicEntry, topics } from '@trunkline/events';
import type { RequestRow } from '@trunkline/journal';
import type { IncomingRecord } from '@trunkline/kafka';

import type { Indexer } from './indexer.ts';
import { placeOf } from './place.ts';
import { indexerOf } from './read-part.ts';

type Request = Pick<RecordOf<RequestTopic>, 'metadata'> & { readonly template?: string | null };

/** The topics of requests, by their envelopes: what is asked for is nobody's business here, but that it is an alert. */
export function requestIndexers(views: RecordViews): ReadonlyMap<string, Indexer> {
  return new Map(
    topics
      .filter(isRequestTopic)
      .map((topic) => [
        topic,
        topic === 'notifications.request.v1'
          ? indexerOf(views.ofRecord(topic, ['metadata', 'template']), rowOf)
          : indexerOf(views.ofRecord(topic, ['metadata']), rowOf),
      ]),
  );
}

function isRequestTopic(topic: (typeof topics)[number]): topic is RequestTopic {
  return topicEntry(topic).kind === 'request';
}

function rowOf({ metadata, template }: Request, record: IncomingRecord): RequestRow | undefined {
  const { requestId, tenantId, causedBy } = metadata;
  if (!isRequestId(requestId) || !idPattern.test(tenantId)) return undefined;
  return {
    table: 'request',
    place: placeOf(record),
    requestId,
    causedBy: isEventId(causedBy) ? causedBy : undefined,
    tenantId,
    type: metadata.type,
    isAlert: template?.startsWith('operator_') === true,
    requestedAtMs: metadata.requestedAt,
    bytes: record.sizeBytes,
  };
}
