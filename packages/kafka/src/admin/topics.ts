import { TrunklineError } from '@trunkline/core';
import { catalogue } from '@trunkline/events';

/** One topic as it has to be. */
export interface TopicSpec {
  /** Logical name. */
  readonly topic: string;
  readonly partitions: number;
  readonly replicationFactor: number;
  readonly config: Readonly<Record<string, string>>;
  /** The brokers of each partition, in place of the number of replicas; else Kafka chooses. */
  readonly replicas?: readonly (readonly number[])[];
}

export type TopicPlan = readonly TopicSpec[];

/** The brokers of a partition, the preferred leader first. */
export type ReplicasOf = (topic: string, partition: number) => readonly number[];

export interface TopicPlanOptions {
  readonly replicationFactor: number;
  /** In place of the number of replicas; else Kafka chooses. */
  readonly replicasOf?: ReplicasOf | undefined;
  /** Of catalogue topics; never changed for a v1 topic, or keys move to other partitions. */
  readonly partitions: number;
  /** The largest request body any source may send. */
  readonly largestBodyBytes: number;
  /** Consumer groups that need retry, redrive and dead-letter topics. */
  readonly groups: readonly string[];
  /** `10s`, `1m`, …: one topic each, because one fixed delay per topic keeps due times in order. */
  readonly retryTiers: readonly string[];
  /** What to plan for instead of the whole catalogue. */
  readonly topics?: readonly CatalogueTopic[];
}

export interface CatalogueTopic {
  readonly name: string;
  readonly kind: 'domain' | 'integration' | 'ingress' | 'request';
}

const kiB = 1024;
const dayMs = 86_400_000;
const hourMs = 3_600_000;

/** Group topics mix source topics and claim no order, so few partitions are enough. */
const groupTopicPartitions = 3;
/** What a delivery or integration record holds beside the body: headers, ids, verdict. */
const envelopeBytes = 128 * kiB;
/** What a retry or dead letter adds: `x-` headers with up to 4 KiB of stack trace. */
const copyBytes = 64 * kiB;
const domainRecordBytes = 1024 * kiB;

/** docs/records.md, "Retention". An entry of a v1 topic is shortened only together with the inbox's arithmetic. */
const retentionMs = {
  domain: 7 * dayMs,
  rejections: 3 * dayMs,
  retry: 7 * dayMs,
  redrive: 7 * dayMs,
  deadLetter: 30 * dayMs,
} as const;

/** Every topic of the installation, from code: catalogue first, then each group's own. */
export function topicPlan(options: TopicPlanOptions): TopicPlan {
  const { groups, largestBodyBytes } = options;
  const topics = options.topics ?? Object.entries(catalogue).map(([name, { kind }]) => ({ name, kind }));
  const deliveryBytes = largestBodyBytes + envelopeBytes;
  return [
    ...topics.map(({ name, kind }) =>
      spec(options, name, {
        partitions: options.partitions,
        retentionMs: name === 'ingress.rejection.v1' ? retentionMs.rejections : retentionMs.domain,
        maxRecordBytes: kind === 'integration' || name === 'ingress.delivery.v1' ? deliveryBytes : domainRecordBytes,
        segmentMs: dayMs,
      }),
    ),
    ...groups.flatMap((group) => groupTopics(options, group, Math.max(deliveryBytes, domainRecordBytes) + copyBytes)),
  ];
}

function groupTopics(options: TopicPlanOptions, group: string, maxRecordBytes: number): TopicSpec[] {
  const partitions = Math.min(groupTopicPartitions, options.partitions);
  const tiers = options.retryTiers;
  // A tier that cannot be read is refused here, before a topic has its name.
  for (const tier of tiers) retryDelayMs(tier);
  return [
    // Short segments, so that what is done goes soon after its week.
    ...tiers.map((tier) =>
      spec(options, retryTopic(group, tier), {
        partitions,
        retentionMs: retentionMs.retry,
        maxRecordBytes,
        segmentMs: hourMs,
      }),
    ),
    spec(options, redriveTopic(group), {
      partitions,
      retentionMs: retentionMs.redrive,
      maxRecordBytes,
      segmentMs: dayMs,
    }),
    spec(options, deadLetterTopic(group), {
      partitions,
      retentionMs: retentionMs.deadLetter,
      maxRecordBytes,
      segmentMs: dayMs,
    }),
  ];
}

interface Sizes {
  readonly partitions: number;
  readonly retentionMs: number;
  readonly maxRecordBytes: number;
  readonly segmentMs: number;
}

function spec({ replicationFactor, replicasOf }: TopicPlanOptions, topic: string, sizes: Sizes): TopicSpec {
  const partitions = Array.from({ length: sizes.partitions }, (_, partition) => partition);
  return {
    ...(replicasOf === undefined ? {} : { replicas: partitions.map((partition) => replicasOf(topic, partition)) }),
    topic,
    partitions: sizes.partitions,
    replicationFactor,
    config: {
      'cleanup.policy': 'delete',
      'max.message.bytes': String(sizes.maxRecordBytes),
      'message.timestamp.type': 'LogAppendTime',
      // acks=all means nothing with one replica in sync; with three, one may be away.
      'min.insync.replicas': String(replicationFactor >= 3 ? 2 : 1),
      'retention.ms': String(sizes.retentionMs),
      'segment.ms': String(sizes.segmentMs),
    },
  };
}

/** The publisher's limit per topic. A topic outside the plan gets the smallest limit of the plan. */
export function recordLimits(plan: TopicPlan): (topic: string) => number {
  const limits = new Map(plan.map(({ topic, config }) => [topic, Number(config['max.message.bytes'])]));
  const smallest = Math.min(domainRecordBytes, ...limits.values());
  return (topic) => limits.get(topic) ?? smallest;
}

/** The group that reads the retry and redrive topics of a group, in the same process. */
export function retryGroup(group: string): string {
  return `${group}.retry`;
}

export function retryTopic(group: string, tier: string): string {
  return `${group}.retry.${tier}`;
}

export function redriveTopic(group: string): string {
  return `${group}.redrive`;
}

export function deadLetterTopic(group: string): string {
  return `${group}.dlt`;
}

/** `10s` → 10000. Throws `config_invalid` for anything that is not a whole number of s, m or h. */
export function retryDelayMs(tier: string): number {
  const match = /^([1-9][0-9]{0,4})([smh])$/.exec(tier);
  const unitMs = { s: 1_000, m: 60_000, h: hourMs }[match?.[2] ?? ''];
  if (match === null || unitMs === undefined)
    throw new TrunklineError('config_invalid', `retry tier "${tier}" is not <number>s, <number>m or <number>h`);
  return Number(match[1]) * unitMs;
}
