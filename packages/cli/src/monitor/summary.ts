import { addBucket, type Histogram } from './histogram.ts';
import type { Sample } from './prometheus-text.ts';

/** What the ingress processes say about one source. */
export interface SourceCounts {
  /** Requests that were answered, or that their sender gave up. */
  readonly received: number;
  /** Answered with 2xx. */
  readonly accepted: number;
  readonly rejectedByStep: Readonly<Record<string, number>>;
  readonly answerSeconds: Histogram;
}

/** What the processes of one consumer group say. */
export interface GroupCounts {
  readonly applied: number;
  readonly stale: number;
  readonly duplicates: number;
  readonly retried: number;
  readonly deadLettered: number;
  readonly processSeconds: Histogram;
}

export interface Summary {
  readonly sources: ReadonlyMap<string, SourceCounts>;
  readonly groups: ReadonlyMap<string, GroupCounts>;
}

/** One process's samples, and the group whose they are; undefined for an ingress. */
export interface ProcessSamples {
  readonly group: string | undefined;
  readonly samples: readonly Sample[];
}

/** Metrics of packages/runtime/src/metrics.ts; the histogram is of both kinds of process. */
const metric = {
  answers: 'webhook_processing_seconds_count',
  buckets: 'webhook_processing_seconds_bucket',
  rejections: 'webhook_rejections_total',
  processed: 'webhooks_processed_total',
} as const;

type Writable<T> = { -readonly [K in keyof T]: T[K] };
type SourceTally = Omit<Writable<SourceCounts>, 'answerSeconds' | 'rejectedByStep'> & {
  readonly rejectedByStep: Record<string, number>;
  readonly answerSeconds: Map<number, number>;
};
type GroupTally = Omit<Writable<GroupCounts>, 'processSeconds'> & { readonly processSeconds: Map<number, number> };

/** Adds up what processes say, of one source or of all. */
export function summarise(processes: readonly ProcessSamples[], source?: string): Summary {
  const sources = new Map<string, SourceTally>();
  const groups = new Map<string, GroupTally>();
  for (const { group, samples } of processes) {
    const tally = group === undefined ? undefined : entry(groups, group, emptyGroup);
    for (const sample of samples) {
      const named = sample.labels['source'];
      if (named === undefined || (source !== undefined && named !== source)) continue;
      if (tally === undefined) countAnswer(entry(sources, named, emptySource), sample);
      else countAttempt(tally, sample);
    }
  }
  return { sources, groups };
}

function countAnswer(tally: SourceTally, { name, labels, value }: Sample): void {
  if (name === metric.answers) {
    tally.received += value;
    if (labels['status']?.startsWith('2') === true) tally.accepted += value;
  } else if (name === metric.rejections && value > 0) {
    const step = labels['step'] ?? 'unknown';
    tally.rejectedByStep[step] = (tally.rejectedByStep[step] ?? 0) + value;
  } else if (name === metric.buckets) addBucket(tally.answerSeconds, boundOf(labels), value);
}

const outcomes: Readonly<Record<string, keyof Omit<GroupCounts, 'processSeconds'>>> = {
  applied: 'applied',
  stale: 'stale',
  duplicate: 'duplicates',
  retry: 'retried',
  dead_letter: 'deadLettered',
};

function countAttempt(tally: GroupTally, { name, labels, value }: Sample): void {
  const outcome = outcomes[labels['status'] ?? ''];
  if (name === metric.processed && outcome !== undefined) tally[outcome] += value;
  else if (name === metric.buckets) addBucket(tally.processSeconds, boundOf(labels), value);
}

function boundOf(labels: Sample['labels']): number {
  const bound = labels['le'];
  return bound === undefined || bound === '+Inf' ? Infinity : Number(bound);
}

function entry<Value>(map: Map<string, Value>, key: string, empty: () => Value): Value {
  const found = map.get(key) ?? empty();
  map.set(key, found);
  return found;
}

const emptySource = (): SourceTally => ({ received: 0, accepted: 0, rejectedByStep: {}, answerSeconds: new Map() });
const emptyGroup = (): GroupTally => ({
  applied: 0,
  stale: 0,
  duplicates: 0,
  retried: 0,
  deadLettered: 0,
  processSeconds: new Map(),
});
