import { classify, TrunklineError } from '@trunkline/core';
import { type EventCodec, isConsumedTopic } from '@trunkline/events';
import type { EventFound } from '@trunkline/journal';
import { type KafkaConnection, readRecordRanges, type TopicAdmin } from '@trunkline/kafka';
import { keptOf, type Progress, stretchesOf } from '@trunkline/operations';

/** A field of a decoded event and what it has to say. */
export interface FieldCondition {
  /** Names and places in lists: `metadata.entityId`, `lines.0.amount`. */
  readonly path: readonly string[];
  readonly value: string;
}

/** `path=value`. Throws `config_invalid`. */
export function fieldConditionOf(text: string): FieldCondition {
  const at = text.indexOf('=');
  const path = text.slice(0, Math.max(at, 0)).split('.');
  if (at > 0 && path.every((name) => name !== '')) return { path, value: text.slice(at + 1) };
  throw new TrunklineError(
    'config_invalid',
    `--where ${JSON.stringify(text)} is not of the form path=value: --where status=failed, --where metadata.entityId=pi_3Pabc`,
  );
}

/** Whether a decoded event says it; text as it stands, any other value as JSON writes it. */
export function says(event: unknown, { path, value }: FieldCondition): boolean {
  let found = event;
  for (const name of path) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, name)) return false;
    // Any object has optional properties.
    found = (found as Readonly<Record<string, unknown>>)[name];
  }
  return (typeof found === 'string' ? found : (JSON.stringify(found) ?? '')) === value;
}

export interface WhereTools {
  readonly connection: KafkaConnection;
  readonly admin: Pick<TopicAdmin, 'offsets'>;
  readonly codec: EventCodec;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/**
 * Of the events those whose records say all of it, in their order, at most so many. The records are read from Kafka, and
 * nothing of them is kept; what is not on its topic any more, or cannot be decoded, says nothing.
 */
export async function thoseThatSay(
  events: readonly EventFound[],
  conditions: readonly FieldCondition[],
  ...[limit, tools]: [limit: number, tools: WhereTools]
): Promise<readonly EventFound[]> {
  const { connection, admin, progress, signal } = tools;
  const saying = new Set<string>();
  let read = 0;
  for (const [topic, own] of Map.groupBy(events, ({ place }) => place.topic)) {
    const wanted = new Set(own.map(({ place }) => placeOf(place)));
    const places = own.map(({ place }) => place);
    const ranges = await keptOf(stretchesOf(topic, places), admin);
    for await (const record of readRecordRanges(connection, { ranges, limit: Number.POSITIVE_INFINITY, signal })) {
      const place = placeOf(record);
      if (!wanted.delete(place)) continue;
      progress.update((read += 1), events.length);
      const event = await decodedOf(record, tools.codec);
      if (conditions.every((condition) => says(event, condition))) saying.add(place);
      if (wanted.size === 0) break;
    }
  }
  return events.filter(({ place }) => saying.has(placeOf(place))).slice(0, limit);
}

async function decodedOf(
  { topic, value }: { readonly topic: string; readonly value: Buffer | null },
  codec: EventCodec,
): Promise<unknown> {
  if (!isConsumedTopic(topic)) return undefined;
  try {
    return await codec.decode(topic, value);
  } catch (thrown) {
    if (classify(thrown).code === 'dependency_unavailable') throw thrown;
    return undefined;
  }
}

function placeOf({
  topic,
  partition,
  offset,
}: {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
}): string {
  return `${topic}/${partition}/${offset}`;
}
