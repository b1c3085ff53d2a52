import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { metrics as api } from '@opentelemetry/api';
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { metricNames } from './metric-names.ts';
import { createMetrics, type Metrics } from './metrics.ts';

let metrics: Metrics;
let page: () => Promise<string>;
let close: () => Promise<void>;

beforeAll(async () => {
  const exporter = new PrometheusExporter({ preventServerStart: true, withoutScopeInfo: true });
  const provider = new MeterProvider({ readers: [exporter] });
  api.setGlobalMeterProvider(provider);
  metrics = createMetrics({ name: 'sample', version: '1.2.3' });
  const server = createServer((request, response) => exporter.getMetricsRequestHandler(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`;
  page = async () => (await fetch(url)).text();
  close = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await provider.shutdown();
    api.disable();
  };
});
afterAll(() => close());

describe('what is measured', () => {
  it('adds up by labels, under the name and with the help of the table', async () => {
    metrics.count('webhook_rejections_total', { source: 'src_a', step: 'rate' });
    metrics.count('webhook_rejections_total', { source: 'src_a', step: 'rate' }, 2);
    metrics.count('webhook_rejections_total', { source: 'src_b', step: 'rate' });

    const text = await page();

    expect(text).toContain(`# HELP webhook_rejections_total ${metricNames.webhook_rejections_total.help}`);
    expect(text).toContain('# TYPE webhook_rejections_total counter');
    expect(text).toContain('webhook_rejections_total{source="src_a",step="rate"} 3');
    expect(text).toContain('webhook_rejections_total{source="src_b",step="rate"} 1');
  });

  it('is a histogram in seconds, with bounds around the deadlines of an answer', async () => {
    metrics.seconds('webhook_processing_seconds', { source: 'src_a', status: '200' }, 0.004);
    metrics.seconds('webhook_processing_seconds', { source: 'src_a', status: '200' }, 30);

    const text = await page();

    const bucket = (bound: string): string =>
      `webhook_processing_seconds_bucket{source="src_a",status="200",le="${bound}"}`;
    expect(text).toContain(`${bucket('0.0025')} 0`);
    expect(text).toContain(`${bucket('0.005')} 1`);
    expect(text).toContain(`${bucket('10')} 1`);
    expect(text).toContain(`${bucket('+Inf')} 2`);
  });

  it('is asked for at each scrape when it is a gauge, those of the process among them', async () => {
    let connections = 3;
    metrics.gauge('ingress_connections_open', () => connections);

    const before = await page();
    connections = 5;
    const after = await page();

    expect([before, after].map((text) => /^ingress_connections_open (\d+)/m.exec(text)?.[1])).toEqual(['3', '5']);
    expect(after).toMatch(/^process_resident_memory_bytes [1-9]/m);
    expect(after).toMatch(/^process_heap_used_bytes [1-9]/m);
    expect(after).toMatch(/^event_loop_delay_p99_seconds [0-9]/m);
    expect(after).toMatch(/^process_start_time_seconds [1-9]/m);
  });

  it('is a series for each value of the labels, and NaN while nobody knows', async () => {
    let open = [3, Number.NaN];
    metrics.gauges('dead_letters_open', () => [
      { labels: { group: 'payments' }, value: open[0] ?? 0 },
      { labels: { group: 'crm' }, value: open[1] ?? 0 },
    ]);

    const before = await page();
    open = [4, 1];
    const after = await page();

    const told = (text: string): readonly string[] => text.match(/^dead_letters_open\S* \S+/gm) ?? [];
    expect(told(before)).toEqual(['dead_letters_open{group="payments"} 3', 'dead_letters_open{group="crm"} NaN']);
    expect(told(after)).toEqual(['dead_letters_open{group="payments"} 4', 'dead_letters_open{group="crm"} 1']);
  });

  it('says which release of which service it is of', async () => {
    expect(await page()).toContain('build_info{service="sample",version="1.2.3"} 1');
  });

  it('has a help for every name', () => {
    expect(Object.entries(metricNames).filter(([, { help }]) => help.length < 10)).toEqual([]);
  });
});
