import { IncomingMessage } from 'node:http';

import { getNodeAutoInstrumentations } from '@opentelemetry/auto-instrumentations-node';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import type { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import type { Resource } from '@opentelemetry/resources';
import { type IMetricReader, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { register } from 'import-in-the-middle/register-hooks.mjs';

import { statementName } from './statement-name.ts';
import type { TelemetrySettings } from './telemetry-config.ts';
import { createTraceBorder } from './trace-border.ts';

export interface SdkStart {
  readonly environment: NodeJS.ProcessEnv;
  readonly settings: TelemetrySettings;
  readonly prometheus: PrometheusExporter;
  readonly resource: Resource;
}

/**
 * The libraries of ours that are traced. kafkajs is not among them: its instrumentation starts spans when a batch is
 * flushed, in the flusher's context; packages/kafka writes its own. fs, dns, net and router only make noise.
 */
const instrumented = 'http,express,pg,undici,ioredis,runtime-node';

/** The modules whose exports the instrumentations replace; undici and the runtime report by themselves. */
const hookedModules = ['http', 'node:http', 'https', 'node:https', 'express', 'pg', 'pg-pool', 'ioredis'];

const quietPaths = new Set(['/livez', '/readyz', '/metrics', '/debug']);

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
  const border = createTraceBorder(start.settings.traceProxies);
  const sdk = new NodeSDK({
    resource: start.resource,
    autoDetectResources: false,
    metricReaders,
    logRecordProcessors: [],
    ...(start.settings.traces ? {} : { spanProcessors: [] }),
    textMapPropagator: border.propagator,
    instrumentations: [
      getNodeAutoInstrumentations({
        '@opentelemetry/instrumentation-http': {
          // The first thing that the instrumentation asks about a request.
          ignoreIncomingRequestHook: (request) => {
            border.arrives(request);
            return quietPaths.has(request.url?.split('?', 1)[0] ?? '');
          },
          requestHook: (span, request) => {
            if (request instanceof IncomingMessage) border.link(span, request);
          },
          // Our own calls go through undici or a driver; the bare http client is only exporters and the registry client.
          requireParentforOutgoingSpans: true,
          startIncomingSpanHook: () => withheldFromServerSpans,
        },
        // It names the route on the request's span; a span per layer of its own would only stand between that and ours.
        '@opentelemetry/instrumentation-express': { ignoreLayers: [() => true] },
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

/**
 * A query string may carry tokens and phone numbers (Twilio sends its whole payload there), an address is a person's.
 * An undefined attribute is not recorded, and what this hook returns wins over what the instrumentation found.
 */
const withheldFromServerSpans = {
  'url.query': undefined,
  'client.address': undefined,
  'network.peer.address': undefined,
  'network.peer.port': undefined,
  'user_agent.original': undefined,
};
