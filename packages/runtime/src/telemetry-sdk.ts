import { getNodeAutoInstrumentations } from '@opentelemetry/auto-instrumentations-node';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import type { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import type { Resource } from '@opentelemetry/resources';
import { type IMetricReader, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { register } from 'import-in-the-middle/register-hooks.mjs';

import { statementName } from './statement-name.ts';
import type { TelemetrySettings } from './telemetry-config.ts';

export interface SdkStart {
  readonly environment: NodeJS.ProcessEnv;
  readonly settings: TelemetrySettings;
  readonly prometheus: PrometheusExporter;
  readonly resource: Resource;
}

/**
 * The libraries of ours that are traced. kafkajs is not among them: its instrumentation starts spans when a batch is
 * flushed, in the flusher's context; packages/kafka writes its own. Nor is express: a request that a process serves has
 * the span of request-span.ts. fs, dns, net and router only make noise.
 */
const instrumented = 'http,pg,undici,ioredis,runtime-node';

/** The modules whose exports the instrumentations replace; undici and the runtime report by themselves. */
const hookedModules = ['http', 'node:http', 'https', 'node:https', 'pg', 'pg-pool', 'ioredis'];

/** Starts the SDK: exporters, sampler and limits by the standard OTEL_* variables, the rest by us. */
export function startSdk(start: SdkStart): NodeSDK {
  // The instrumentation package takes its list from the environment only. An operator's own list wins.
  start.environment['OTEL_NODE_ENABLED_INSTRUMENTATIONS'] ??= instrumented;
  // In-thread loader hooks: no second thread, no message per module, no --experimental-loader.
  register({ include: hookedModules });

  const metricReaders: IMetricReader[] = [start.prometheus];
  if (start.settings.otlpMetrics) {
    metricReaders.push(new PeriodicExportingMetricReader({ exporter: new OTLPMetricExporter() }));
  }
  if (start.settings.traces && (start.environment['OTEL_TRACES_EXPORTER'] ?? '') === '') {
    start.environment['OTEL_TRACES_EXPORTER'] = 'otlp';
  }
  const sdk = new NodeSDK({
    resource: start.resource,
    autoDetectResources: false,
    metricReaders,
    logRecordProcessors: [],
    ...(start.settings.traces ? {} : { spanProcessors: [] }),
    // Without baggage, which is nobody's business.
    textMapPropagator: new W3CTraceContextPropagator(),
    instrumentations: [
      getNodeAutoInstrumentations({
        '@opentelemetry/instrumentation-http': {
          // What it does to every request costs more than a delivery's own steps; see request-span.ts.
          disableIncomingRequestInstrumentation: true,
          // Our own calls go through undici or a driver; the bare http client is only exporters and the registry client.
          requireParentforOutgoingSpans: true,
        },
        '@opentelemetry/instrumentation-undici': { requireParentforSpans: true },
        '@opentelemetry/instrumentation-pg': {
          requireParentSpan: true,
          // Its own name is the verb and the database, so five spans of a batch look alike.
          requestHook: (span, { query }) => {
            const name = statementName(query.text);
            if (name !== undefined) span.updateName(name);
          },
        },
        '@opentelemetry/instrumentation-ioredis': { requireParentSpan: true },
      }),
    ],
  });
  sdk.start();
  return sdk;
}
