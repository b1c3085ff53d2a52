import { monitorEventLoopDelay } from 'node:perf_hooks';

import { metrics as api, type Meter } from '@opentelemetry/api';

/**
 * Every metric of the product that is not a semantic convention, by its Prometheus name. Label values come from closed
 * lists or from the configuration, never from a request: their number is the number of time series.
 */
export const metricNames = {
  webhooks_received_total: {
    kind: 'counter',
    help: 'Events accepted from providers, by source and event type; "none" for a delivery without events',
    labels: ['source', 'event'],
  },
  webhooks_processed_total: {
    kind: 'counter',
    help: 'Events a consumer finished, by source, event type and status (applied, stale, duplicate, parked, ignored, retry, dead_letter)',
    labels: ['source', 'event', 'status'],
  },
  webhook_processing_seconds: {
    kind: 'seconds',
    help: 'From the first byte of a request to its answer (ingress), or from hand-over to finished (consumer)',
    labels: ['source', 'status'],
  },
  webhook_rejections_total: {
    kind: 'counter',
    help: 'Requests refused, by source ("unknown" when there is none) and step',
    labels: ['source', 'step'],
  },
  webhook_verdicts_total: {
    kind: 'counter',
    help: 'Authentic deliveries by what the normaliser made of them',
    labels: ['source', 'verdict'],
  },
  event_id_conflicts_total: {
    kind: 'counter',
    help: 'Events under an id that said something else before, by source: whoever dedupes by the id sees one of both',
    labels: ['source'],
  },
  webhook_rejection_records_dropped_total: {
    kind: 'counter',
    help: 'Rejection records not published: over the rate, over the buffer, or Kafka away',
    labels: ['reason'],
  },
  first_filter_events_total: {
    kind: 'counter',
    help: 'Events by what Redis said of them: done, unknown, unanswered; unwritten: done, but not marked',
    labels: ['result'],
  },
  first_filter_up: { kind: 'gauge', help: '1 while Redis is asked, 0 while consumers go on without it', labels: [] },
  ingress_connections_refused_total: {
    kind: 'counter',
    help: 'Connections ended before there was a request: limit, slow, malformed, headers_too_long',
    labels: ['reason'],
  },
  ingress_connections_open: { kind: 'gauge', help: 'Connections open at this moment', labels: [] },
  release_guard_trips_total: {
    kind: 'counter',
    help: 'Times a consumer group stood still because most keys failed alike (docs/runbooks/group-paused.md)',
    labels: ['group'],
  },
  events_unaccounted: {
    kind: 'gauge',
    help: 'Events of the hour before last that a consumer group has passed and that are nowhere, of all groups; alert above 0 (docs/runbooks/unaccounted-events.md)',
    labels: [],
  },
  outbox_waiting: {
    kind: 'gauge',
    help: "Records in the service's outbox that are not published yet, as last counted",
    labels: [],
  },
  outbox_oldest_seconds: { kind: 'gauge', help: 'Age of the oldest record in the outbox, as last counted', labels: [] },
  outbox_published_total: { kind: 'counter', help: 'Records published from the outbox, by topic', labels: ['topic'] },
  notices_suppressed_total: {
    kind: 'counter',
    help: 'Notices nobody is told of any more, by reason: old, before_first_start, expired, nobody',
    labels: ['reason'],
  },
  notifications_total: {
    kind: 'counter',
    help: 'Messages to people that came to a state, by channel (sms, email, slack, none) and state',
    labels: ['channel', 'state'],
  },
  ledger_contradictions_total: {
    kind: 'counter',
    help: 'Times a provider told another amount of what it had told before, and not as a correction; trunkline ledger check names the objects',
    labels: ['provider'],
  },
  outbound_calls_total: {
    kind: 'counter',
    help: 'Calls to providers, by operation and outcome: ok, or what happened (rate_limited, server_error, timeout, unavailable, held_back, …)',
    labels: ['operation', 'outcome'],
  },
  outbound_call_seconds: {
    kind: 'seconds',
    help: 'Calls to providers from their wish to their outcome, with waits and repeats',
    labels: ['operation', 'outcome'],
  },
  outbound_breaker_changes_total: {
    kind: 'counter',
    help: 'Times a breaker opened or closed, of a connection or of a host',
    labels: ['of', 'change'],
  },
  outbound_deprecations_total: {
    kind: 'counter',
    help: 'Answers of providers that say that what was called will end (Deprecation, Sunset), by operation',
    labels: ['operation'],
  },
  outbound_rates_shared: {
    kind: 'gauge',
    help: '1 while all processes keep the rates of providers together, 0 while each keeps its share',
    labels: [],
  },
  delivery_verdicts_total: {
    kind: 'counter',
    help: 'Events by what was decided of each endpoint of their tenant: matched, type, disabled, created_later',
    labels: ['verdict'],
  },
  delivery_attempts_total: {
    kind: 'counter',
    help: 'Requests to endpoints of tenants, by what came of them',
    labels: ['code'],
  },
  delivery_ends_total: {
    kind: 'counter',
    help: 'Messages that reached an endpoint or never will: delivered, exhausted, expired, discarded',
    labels: ['outcome'],
  },
  delivery_latency_seconds: {
    kind: 'seconds',
    help: 'From the acceptance of an event to the answer of the endpoint, where its first request was a success',
    labels: [],
  },
  delivery_in_flight: { kind: 'gauge', help: 'Requests to endpoints that are under way', labels: [] },
  delivery_results_waiting: { kind: 'gauge', help: 'Answers of endpoints that are not in Postgres yet', labels: [] },
  delivery_shards_owned: {
    kind: 'gauge',
    help: 'Of 256 shards of endpoints those that this process sends for',
    labels: [],
  },
  ingress_bytes_in_flight: { kind: 'gauge', help: 'Bytes of request bodies held at this moment', labels: [] },
  ingress_requests_in_flight: { kind: 'gauge', help: 'Webhook requests between first byte and answer', labels: [] },
  ingress_publish_waiting_bytes: { kind: 'gauge', help: 'Bytes of records that wait for Kafka', labels: [] },
  process_resident_memory_bytes: { kind: 'gauge', help: 'Resident memory', labels: [] },
  process_heap_used_bytes: { kind: 'gauge', help: 'JavaScript heap in use', labels: [] },
  event_loop_delay_p99_seconds: { kind: 'gauge', help: 'Event loop delay since the last scrape, p99', labels: [] },
} as const satisfies Record<string, MetricDefinition>;

interface MetricDefinition {
  readonly kind: 'counter' | 'seconds' | 'gauge';
  readonly help: string;
  readonly labels: readonly string[];
}

type Names = typeof metricNames;
type NamesOf<K extends MetricDefinition['kind']> = {
  [N in keyof Names]: Names[N]['kind'] extends K ? N : never;
}[keyof Names];

export type CounterName = NamesOf<'counter'>;
export type SecondsName = NamesOf<'seconds'>;
export type GaugeName = NamesOf<'gauge'>;
export type LabelsOf<N extends keyof Names> = Readonly<Record<Names[N]['labels'][number], string>>;

export interface Metrics {
  count<N extends CounterName>(name: N, labels: LabelsOf<N>, by?: number): void;
  /** Seconds, not milliseconds: Prometheus' base unit. */
  seconds<N extends SecondsName>(name: N, labels: LabelsOf<N>, value: number): void;
  /** Asked at each scrape. */
  gauge(name: GaugeName, read: () => number): void;
}

/** 1 ms to 10 s: around the bars of an accepted delivery (p99 well under 1 s) and up to the longest accept deadline. */
const secondsBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

const meterName = 'trunkline';

/** Instruments over the OpenTelemetry API: they cost nothing when no telemetry was preloaded. */
export function createMetrics(): Metrics {
  const meter = api.getMeter(meterName);
  const counters = instruments('counter', (name, help) => meter.createCounter(name, { description: help }));
  const histograms = instruments('seconds', (name, help) =>
    meter.createHistogram(name, { description: help, unit: 's', advice: { explicitBucketBoundaries: secondsBuckets } }),
  );
  const metrics: Metrics = {
    count: (name, labels, by = 1) => counters.get(name)?.add(by, labels),
    seconds: (name, labels, value) => histograms.get(name)?.record(value, labels),
    gauge: (name, read) => observe(meter, name, read),
  };
  processGauges(metrics);
  return metrics;
}

function instruments<T>(kind: MetricDefinition['kind'], create: (name: string, help: string) => T): Map<string, T> {
  const ofKind = Object.entries(metricNames).filter(([, definition]) => definition.kind === kind);
  return new Map(ofKind.map(([name, definition]) => [name, create(name, definition.help)]));
}

function observe(meter: Meter, name: GaugeName, read: () => number): void {
  const gauge = meter.createObservableGauge(name, { description: metricNames[name].help });
  gauge.addCallback((result) => result.observe(read()));
}

function processGauges(metrics: Metrics): void {
  const delay = monitorEventLoopDelay({ resolution: 20 });
  delay.enable();
  metrics.gauge('process_resident_memory_bytes', () => process.memoryUsage.rss());
  metrics.gauge('process_heap_used_bytes', () => process.memoryUsage().heapUsed);
  metrics.gauge('event_loop_delay_p99_seconds', () => {
    const seconds = delay.count === 0 ? 0 : delay.percentile(99) / 1e9;
    delay.reset();
    return seconds;
  });
}
