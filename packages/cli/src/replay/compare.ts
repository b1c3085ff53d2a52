import { isDeepStrictEqual } from 'node:util';

import { type DomainTopic, type EventCodec, headerName, type SealedEvent } from '@trunkline/events';
import type { KafkaConnection } from '@trunkline/kafka';
import type { Progress } from '@trunkline/operations';
import type { ReplayedDelivery, ReplayedEvent } from '@trunkline/operations/replay';

import { scanTopic } from '../search/scan.ts';

/** How an event of a replay differs from what was published of it. */
export interface Comparison {
  readonly event: ReplayedEvent;
  /** `unread`: it was published, and is not on its topic any more. */
  readonly state: 'new' | 'same' | 'different' | 'unread';
  /** The names of the fields that differ; no values, which may be personal. */
  readonly fields: readonly string[];
}

export interface CompareTools {
  readonly connection: KafkaConnection;
  readonly codec: EventCodec;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

const clockSkewMs = 60_000;

/** Reads what was published of these events from their topics, from the time of their receipt on. */
export async function compare(
  replayed: readonly ReplayedDelivery[],
  tools: CompareTools,
): Promise<readonly Comparison[]> {
  const events = replayed.flatMap((each) => each.events);
  const first = Math.min(...replayed.map(({ delivery }) => delivery.record.receivedAt));
  const published = new Map<string, unknown>();
  for (const [topic, own] of Map.groupBy(events, ({ sealed }) => sealed.topic)) {
    const wanted = new Set(own.flatMap(({ lastId }) => lastId ?? []));
    if (wanted.size === 0) continue;
    for (const [id, record] of await readPublished(topic, { wanted, fromMs: first - clockSkewMs }, tools))
      published.set(id, record);
  }
  return events.map((event) => comparisonOf(event, published));
}

async function readPublished(
  topic: DomainTopic,
  { wanted, fromMs }: { readonly wanted: ReadonlySet<string>; readonly fromMs: number },
  { connection, codec, progress, signal }: CompareTools,
): Promise<ReadonlyMap<string, unknown>> {
  const { matches } = await scanTopic(connection, {
    topic,
    fromTimestampMs: fromMs,
    pick: ({ headers, value }) => {
      const id = headers[headerName.id] ?? '';
      return wanted.has(id) ? { id, value } : undefined;
    },
    mostMatches: Number.POSITIVE_INFINITY,
    progress,
    signal,
  });
  const found = new Map<string, unknown>();
  for (const { id, value } of matches) found.set(id, await codec.decode(topic, value));
  return found;
}

function comparisonOf(event: ReplayedEvent, published: ReadonlyMap<string, unknown>): Comparison {
  if (event.lastId === undefined) return { event, state: 'new', fields: [] };
  const before = published.get(event.lastId);
  if (before === undefined) return { event, state: 'unread', fields: [] };
  const fields = differingFields(before, event.sealed);
  return { event, state: fields.length === 0 ? 'same' : 'different', fields };
}

/** What a correction changes by itself is no difference. */
const ownOfCorrection: ReadonlySet<string> = new Set(['eventId', 'entityVersion', 'correction']);

function differingFields(before: unknown, { record }: SealedEvent): readonly string[] {
  const { metadata: metadataBefore, ...payloadBefore } = membersOf(before);
  const { metadata, ...payload } = membersOf(record);
  const ofMetadata = differing(membersOf(metadataBefore), membersOf(metadata)).filter(
    (name) => !ownOfCorrection.has(name),
  );
  return [...differing(payloadBefore, payload), ...ofMetadata.map((name) => `metadata.${name}`)];
}

function differing(
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
): readonly string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].filter((name) => !isDeepStrictEqual(plain(before[name]), plain(after[name])));
}

/** Bytes as bytes, whatever class they are of; what is absent is null, as in a record. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value instanceof Uint8Array ? Buffer.from(value) : (value ?? null)));
}

function membersOf(value: unknown): Readonly<Record<string, unknown>> {
  // A decoded record, or its metadata: an object of named fields.
  return value as Readonly<Record<string, unknown>>;
}
