import { classify } from '@trunkline/core';
import { type EventCodec, headerName, isTopic, type Topic } from '@trunkline/events';
import type { IncomingRecord } from '@trunkline/kafka';

import { placeOf, type RecordPlace } from '../search/event-history.ts';

/** A record as `events tail` shows it. What cannot be decoded is shown too, with the reason. */
export interface TailedRecord extends RecordPlace {
  readonly eventId: string | undefined;
  readonly type: string | undefined;
  /** The provider's own word for it, of what has no canonical form. */
  readonly providerType: string | undefined;
  readonly tenantId: string | undefined;
  readonly key: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly record: unknown;
  readonly undecodable: string | undefined;
}

export interface TailFilter {
  readonly type?: string;
  readonly tenant?: string;
}

/** What is asked for is decided by the headers, so that a record which cannot be decoded is found as well. */
export function isAskedFor(record: IncomingRecord, { type, tenant }: TailFilter): boolean {
  if (type !== undefined && record.headers[headerName.type] !== type) return false;
  return tenant === undefined || tenantOf(record) === tenant;
}

export async function decodeTailed(record: IncomingRecord, codec: EventCodec): Promise<TailedRecord> {
  const { headers, key } = record;
  const shown = {
    ...placeOf(record),
    eventId: headers[headerName.id],
    type: headers[headerName.type],
    providerType: undefined,
    tenantId: tenantOf(record),
    key: key?.toString('utf8'),
    headers,
  };
  const topic = schemaTopic(record);
  if (topic === undefined)
    return { ...shown, record: undefined, undecodable: 'nothing says which topic of the catalogue it belongs to' };
  try {
    const decoded = await codec.decode(topic, record.value);
    return { ...shown, providerType: providerTypeOf(decoded), record: decoded, undecodable: undefined };
  } catch (thrown) {
    return { ...shown, record: undefined, undecodable: classify(thrown).message };
  }
}

function providerTypeOf(record: object): string | undefined {
  const type: unknown = Reflect.get(record, 'originalType');
  return typeof type === 'string' ? type : undefined;
}

/** A copy on a retry, redrive or dead-letter topic says where it comes from. */
function schemaTopic({ topic, headers }: IncomingRecord): Topic | undefined {
  const original = isTopic(topic) ? topic : headers[headerName.originalTopic];
  return original !== undefined && isTopic(original) ? original : undefined;
}

/** `ce_source` is /tenants/<tenant>/sources/<source>; records of the ingress have the tenant first in their key. */
function tenantOf({ headers, key }: IncomingRecord): string | undefined {
  const fromSource = /^\/tenants\/([^/]+)\//.exec(headers[headerName.source] ?? '')?.[1];
  return fromSource ?? /^tnt_[^:]+/.exec(key?.toString('utf8') ?? '')?.[0];
}
