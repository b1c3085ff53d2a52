import { emitters, type MetricDefinition, metricNames } from '@trunkline/runtime';

import type { Generator } from './generator.ts';
import { banner, code, page, table } from './markdown.ts';

/** Every metric, by who counts it. */
export const metricsPage: Generator = {
  name: 'metrics-page',
  files: () => new Map([['docs/metrics.md', text()]]),
};

const definitions: readonly (readonly [name: string, definition: MetricDefinition])[] = Object.entries(metricNames);

function text(): string {
  return page(
    banner('packages/runtime/src/metric-names.ts'),
    '# Metrics',
    'On the port of the operators of each process, at `/metrics`, in the text format of Prometheus. How they are scraped, drawn and watched: [observe](how-to/observe.md).',
    'Values of labels come from closed lists or from the configuration, never from a request: their number is the number of series. An ingress of several processes gives each series the label `worker`. ' +
      'A gauge of the journal is the same in each of its processes: take the largest, not the sum. Beside these a process has those of the semantic conventions of OpenTelemetry: `messaging_…` of its Kafka, and with traces on `http_client_…`, `db_client_…`, `nodejs_…`, `v8js_…`. No rule and no panel is built on them.',
    ...Object.keys(emitters).flatMap((emitter) => section(emitter as keyof typeof emitters)), // The keys of the table.
  );
}

function section(emitter: keyof typeof emitters): readonly string[] {
  const words = emitters[emitter];
  return [
    `## ${words.charAt(0).toUpperCase()}${words.slice(1)}`,
    table(
      ['metric', 'kind', 'unit', 'labels', 'what'],
      definitions
        .filter(([, { from }]) => from.includes(emitter))
        .map(([name, { kind, unit, labels, help }]) => [
          code(name),
          kind === 'seconds' ? 'histogram' : kind,
          unit,
          labels.map(code).join(' '),
          help,
        ]),
    ),
  ];
}
