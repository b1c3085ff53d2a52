import { metrics } from '@opentelemetry/api';
import { PrometheusExporter, PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import {
  detectResources,
  hostDetector,
  resourceAttributesEnvDetector,
  resourceFromAttributes,
  serviceInstanceIdDetector,
  serviceNameEnvDetector,
} from '@opentelemetry/resources';
import { MeterProvider } from '@opentelemetry/sdk-metrics';

import { processIdentity } from './process-identity.ts';
import { telemetryEnvironment, telemetrySettings } from './telemetry-config.ts';
import { installTelemetry } from './telemetry-handle.ts';

/**
 * The telemetry preload: `node --import <this file> main.ts`. It has to run before anything that it instruments is
 * loaded, which is why it is a preload and the one file of the package that acts on import.
 *
 * Metrics are always collected and read from the process's own /metrics. Traces and the instrumentations (and their
 * 0.6 s of loading) come only when an exporter is asked for.
 */
const environment = telemetryEnvironment();
const settings = telemetrySettings(environment);
const identity = processIdentity(process.argv[1]);

// The exporter brings a server of its own; ours is the operators' listener, which asks for the text.
const prometheus = new PrometheusExporter({ preventServerStart: true });
const resource = resourceFromAttributes({
  'service.name': identity.name,
  'service.version': identity.version,
}).merge(
  detectResources({
    // No cloud detectors: where there is no cloud they hold spans back until they time out. No process detector: its
    // command line and user name are nobody's business. What OTEL_SERVICE_NAME and _RESOURCE_ATTRIBUTES say wins.
    detectors: [hostDetector, serviceInstanceIdDetector, resourceAttributesEnvDetector, serviceNameEnvDetector],
  }),
);

if (settings.traces || settings.otlpMetrics) {
  const { startSdk } = await import('./telemetry-sdk.ts');
  const sdk = startSdk({ environment, settings, prometheus, resource });
  installTelemetry({ metricsText: () => metricsText(prometheus), shutdown: () => sdk.shutdown() });
} else {
  const provider = new MeterProvider({ resource, readers: [prometheus] });
  metrics.setGlobalMeterProvider(provider);
  installTelemetry({ metricsText: () => metricsText(prometheus), shutdown: () => provider.shutdown() });
}

async function metricsText(exporter: PrometheusExporter): Promise<string> {
  const { resourceMetrics } = await exporter.collect();
  const withoutScopeInfo = true;
  return new PrometheusSerializer('', false, undefined, false, withoutScopeInfo).serialize(resourceMetrics);
}
