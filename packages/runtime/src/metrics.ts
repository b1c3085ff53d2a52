import { monitorEventLoopDelay } from 'node:perf_hooks';

import { metrics as api, type Meter } from '@opentelemetry/api';

import { type MetricDefinition, metricNames } from './metric-names.ts';

type Names = typeof metricNames;
type NamesOf<K extends MetricDefinition['kind']> = {
  [N in keyof Names]: Names[N]['kind'] extends K ? N : never;
}[keyof Names];

export type CounterName = NamesOf<'counter'>;
export type SecondsName = NamesOf<'seconds'>;
type AnyGaugeName = NamesOf<'gauge'>;
/** Of one series. */
export type GaugeName = { [N in AnyGaugeName]: Names[N]['labels'] extends readonly [] ? N : never }[AnyGaugeName];
/** Of a series for each value of its labels. */
export type LabelledGaugeName = Exclude<AnyGaugeName, GaugeName>;
export type LabelsOf<N extends keyof Names> = Readonly<Record<Names[N]['labels'][number], string>>;

export interface Reading<N extends LabelledGaugeName> {
  readonly labels: LabelsOf<N>;
  readonly value: number;
}

export interface Metrics {
  count<N extends CounterName>(name: N, labels: LabelsOf<N>, by?: number): void;
  /** Seconds, not milliseconds: Prometheus' base unit. */
  seconds<N extends SecondsName>(name: N, labels: LabelsOf<N>, value: number): void;
  /** Asked at each scrape. */
  gauge(name: GaugeName, read: () => number): void;
  /** The same for several series. One that was told once stays as it was until it is told again: NaN says that nobody knows. */
  gauges<N extends LabelledGaugeName>(name: N, read: () => Iterable<Reading<N>>): void;
}

/** 1 ms to 10 s: around the bars of an accepted delivery (p99 well under 1 s) and up to the longest accept deadline. */
const secondsBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

const meterName = 'trunkline';

/** Instruments over the OpenTelemetry API: they cost nothing when no telemetry was preloaded. */
export function createMetrics(of: { readonly name: string; readonly version: string }): Metrics {
  const meter = api.getMeter(meterName);
  const counters = instruments('counter', (name, definition) => createCounter(meter, name, definition));
  const histograms = instruments('seconds', (name, { help }) =>
    meter.createHistogram(name, { description: help, unit: 's', advice: { explicitBucketBoundaries: secondsBuckets } }),
  );
  const metrics: Metrics = {
    count: (name, labels, by = 1) => counters.get(name)?.add(by, labels),
    seconds: (name, labels, value) => histograms.get(name)?.record(value, labels),
    gauge: (name, read) => observe(meter, name, () => [{ labels: {}, value: read() }]),
    gauges: (name, read) => observe(meter, name, read),
  };
  metrics.gauges('build_info', () => [{ labels: { service: of.name, version: of.version }, value: 1 }]);
  processGauges(metrics);
  return metrics;
}

function instruments<T>(
  kind: MetricDefinition['kind'],
  create: (name: string, definition: MetricDefinition) => T,
): Map<string, T> {
  const ofKind = Object.entries(metricNames).filter(([, definition]) => definition.kind === kind);
  return new Map(ofKind.map(([name, definition]) => [name, create(name, definition)]));
}

interface Counter {
  add(by: number, labels: Labels): void;
}

type Labels = Readonly<Record<string, string>>;

/**
 * Plain numbers, which OpenTelemetry asks for when it is asked: its own counter sorts and writes out the labels at every
 * step, which costs more than counting does.
 */
function createCounter(meter: Meter, name: string, { help, labels: names }: MetricDefinition): Counter {
  const totals = new Map<string, { readonly labels: Labels; value: number }>();
  meter.createObservableCounter(name, { description: help }).addCallback((result) => {
    for (const { labels, value } of totals.values()) result.observe(value, labels);
  });
  return {
    add: (by, labels) => {
      let series = '';
      for (const label of names) series += `${labels[label]}\u0000`;
      const total = totals.get(series);
      if (total === undefined) totals.set(series, { labels, value: by });
      else total.value += by;
    },
  };
}

function observe(
  meter: Meter,
  name: AnyGaugeName,
  read: () => Iterable<{ readonly labels: Labels; readonly value: number }>,
): void {
  const gauge = meter.createObservableGauge(name, { description: metricNames[name].help });
  gauge.addCallback((result) => {
    for (const { labels, value } of read()) result.observe(value, labels);
  });
}

function processGauges(metrics: Metrics): void {
  const delay = monitorEventLoopDelay({ resolution: 20 });
  delay.enable();
  const startedAtSeconds = performance.timeOrigin / 1_000;
  metrics.gauge('process_start_time_seconds', () => startedAtSeconds);
  metrics.gauge('process_resident_memory_bytes', () => process.memoryUsage.rss());
  metrics.gauge('process_heap_used_bytes', () => process.memoryUsage().heapUsed);
  metrics.gauge('event_loop_delay_p99_seconds', () => {
    const seconds = delay.count === 0 ? 0 : delay.percentile(99) / 1e9;
    delay.reset();
    return seconds;
  });
}
