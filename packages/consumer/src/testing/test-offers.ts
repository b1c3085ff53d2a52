import { createDigest } from '@trunkline/addresses';
import {
  createEventCodec,
  type EventCodec,
  type DomainTopic,
  isRequestTopic,
  ownTopics,
  type RecordOf,
  type RequestTopic,
  topics,
} from '@trunkline/events';
import type { TestDatabase } from '@trunkline/postgres/testing';
import { emptyDirectory } from '@trunkline/sources/directory';

import { addressBookOf } from '../address-book.ts';
import { createNotices } from '../notices/notices.ts';
import type { HandlerOffers } from '../offers.ts';
import { createRequests } from '../requests/requests.ts';
import { createTellsEvents } from '../requests/tells-events.ts';
import { memoryRegistry } from './test-group.ts';

/** When requests of tests are made. */
export const testNowMs = 1_772_000_000_000;
const installationKey = Buffer.alloc(32, 1);
const largestRequestBytes = 1024 * 1024;

/** What a service of the group would offer its handlers; requests go to the outbox of the transaction's schema. */
export async function testOffers(group: string, own: Partial<HandlerOffers> = {}): Promise<HandlerOffers> {
  const clock = own.clock ?? ((): number => testNowMs);
  const requests = createRequests({
    group,
    codec: await requestCodec(),
    maxRecordBytes: () => largestRequestBytes,
    installationKey,
    clock,
  });
  const events = createTellsEvents({ codec: await requestCodec(), nudge: () => undefined });
  const { directory = emptyDirectory } = own;
  const metrics = { count: () => undefined };
  const notices = createNotices({ requests, directory, firstStartMs: 0, clock, metrics });
  const digest = createDigest(installationKey);
  const book = addressBookOf(directory, digest);
  return { clock, digest, book, metrics, requests, events, notices, directory, ...own };
}

/** One outbox row, read back. */
export interface AskedRequest {
  readonly topic: string;
  readonly key: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly record: RecordOf<RequestTopic>;
}

/** The events of its own that a service has told and nobody has published yet, in the order in which they will be. */
export async function toldEvents(
  test: TestDatabase,
  schema: string,
  tenants: readonly string[],
): Promise<readonly { readonly topic: string; readonly key: string; readonly record: RecordOf<DomainTopic> }[]> {
  const codec = await requestCodec();
  const rows = await test.admin<{ readonly topic: DomainTopic; readonly key: Buffer; readonly value: Buffer }>(
    `SELECT topic, key, value FROM ${schema}.outbox WHERE tenant_id = ANY ($1) AND topic = ANY ($2) ORDER BY id`,
    [tenants, ownTopics],
  );
  return await Promise.all(
    rows.map(async ({ topic, key, value }) => ({
      topic,
      key: key.toString('utf8'),
      record: await codec.decode(topic, value),
    })),
  );
}

/** What the handlers of a schema have asked for and nobody has published yet, in an order that says nothing. */
export async function askedRequests(
  test: TestDatabase,
  schema: string,
  tenants: readonly string[],
): Promise<readonly AskedRequest[]> {
  const codec = await requestCodec();
  const rows = await test.admin<{
    readonly topic: RequestTopic;
    readonly key: Buffer;
    readonly value: Buffer;
    readonly headers: Readonly<Record<string, string>>;
  }>(
    `SELECT topic, key, value, headers FROM ${schema}.outbox WHERE tenant_id = ANY ($1) ORDER BY topic, key, record_id`,
    [tenants],
  );
  return await Promise.all(
    rows.map(async ({ topic, key, value, headers }) => ({
      topic,
      key: key.toString('utf8'),
      headers,
      record: await codec.decode(topic, value),
    })),
  );
}

/** Of all topics that services write to themselves in one order, so that every codec of the tests has the same schema ids. */
export function requestCodec(): Promise<EventCodec> {
  return createEventCodec({ registry: memoryRegistry(), topics: [...topics.filter(isRequestTopic), ...ownTopics] });
}
