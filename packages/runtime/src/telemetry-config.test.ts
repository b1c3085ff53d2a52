import { describe, expect, it } from 'vitest';

import { telemetrySettings } from './telemetry-config.ts';

describe('telemetrySettings', () => {
  it.each([
    [{}, { traces: false, otlpMetrics: false }],
    [{ OTEL_TRACES_EXPORTER: 'none' }, { traces: false, otlpMetrics: false }],
    [{ OTEL_TRACES_EXPORTER: 'zipkin' }, { traces: true, otlpMetrics: false }],
    [{ OTEL_TRACES_EXPORTER: 'otlp,zipkin' }, { traces: true, otlpMetrics: false }],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' }, { traces: true, otlpMetrics: true }],
    [
      { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4318', OTEL_TRACES_EXPORTER: 'none' },
      { traces: false, otlpMetrics: true },
    ],
    [{ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://c:4318' }, { traces: true, otlpMetrics: false }],
    [{ OTEL_METRICS_EXPORTER: 'otlp' }, { traces: false, otlpMetrics: true }],
    [
      { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4318', OTEL_SDK_DISABLED: 'true' },
      { traces: false, otlpMetrics: false },
    ],
  ])('reads %j as %j', (environment, settings) => {
    const read = telemetrySettings(environment);

    expect(read).toEqual(settings);
  });
});
