import type { Environment } from './environment.ts';

/** What the standard OTEL_* variables ask for. Everything else of them (endpoints, sampler, limits) the SDK reads itself. */
export interface TelemetrySettings {
  readonly traces: boolean;
  /** Push metrics over OTLP, beside /metrics, which is always there. */
  readonly otlpMetrics: boolean;
}

/** The environment of this process, for the preload, which runs before any service has a configuration. */
export function telemetryEnvironment(): NodeJS.ProcessEnv {
  return process.env;
}

/**
 * Nothing set means nothing exported: the SDK's own default (OTLP to localhost) would have every process of someone
 * without a collector knock on a closed port for ever. An OTLP endpoint without an exporter list means OTLP.
 */
export function telemetrySettings(environment: Environment): TelemetrySettings {
  if (environment['OTEL_SDK_DISABLED']?.toLowerCase() === 'true') return { traces: false, otlpMetrics: false };
  const endpoint = isSet(environment['OTEL_EXPORTER_OTLP_ENDPOINT']);
  const traceEndpoint = endpoint || isSet(environment['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT']);
  const metricEndpoint = endpoint || isSet(environment['OTEL_EXPORTER_OTLP_METRICS_ENDPOINT']);
  return {
    traces: asked(environment['OTEL_TRACES_EXPORTER'], traceEndpoint).some((name) => name !== 'none'),
    otlpMetrics: asked(environment['OTEL_METRICS_EXPORTER'], metricEndpoint).includes('otlp'),
  };
}

function asked(exporters: string | undefined, endpoint: boolean): readonly string[] {
  if (isSet(exporters)) return exporters.split(',').map((name) => name.trim());
  return endpoint ? ['otlp'] : [];
}

function isSet(text: string | undefined): text is string {
  return text !== undefined && text.trim() !== '';
}
