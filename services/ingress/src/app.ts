import { liveSecrets } from '@trunkline/providers';
import { type App, createLifecycle, type Service } from '@trunkline/runtime';
import type { SourceCatalog } from '@trunkline/sources';

import { createBackboneConnector } from './backbone.ts';
import { type IngressConfig, secretEnvironment } from './config.ts';
import { createHttpApp } from './http/http-app.ts';
import { createIngressServer, type IngressServer } from './http/server.ts';
import { createKeyMaterialStore, defaultKeyMaterialLimits } from './key-material.ts';
import { createByteBudget } from './limits/byte-budget.ts';
import { createKnownContents } from './limits/known-contents.ts';
import { createSignedOnce } from './limits/signed-once.ts';
import { createRejectionRecorder } from './rejections.ts';
import { hooksRoute } from './routes/hooks.ts';
import { limitsOf } from './sharing/limits-of.ts';
import type { SourceProvider } from './source-provider.ts';
import { watchedSources } from './watched-sources.ts';

export interface IngressApp extends App {
  /** The port that is listened on, once started: the configured one, or the one that 0 asked for. */
  port(): number;
}

/**
 * Puts the ingress together. Read from top to bottom; what is opened last is closed first.
 * The sources come from the watched file unless others are given.
 */
export function createApp(config: IngressConfig, service: Service, given?: SourceProvider): IngressApp {
  const { logger, metrics, health, clock, startRequestSpan } = service;
  const lifecycle = createLifecycle(logger);

  const sources = given ?? watchedSources({ ...config, environment: secretEnvironment(), logger, metrics, clock });
  const backbone = createBackboneConnector({
    config,
    log: logger,
    onFatal: (error) => service.onFatal(error),
  });
  const rejections = createRejectionRecorder({ backbone: () => backbone.current(), clock, logger, metrics });
  // Those that several workers share, or of this process alone.
  const { rates, failedVerifications, bodyBytes } = limitsOf(config, service.first, monotonicMs);
  const budget = createByteBudget(bodyBytes);
  const inFlight = { requests: 0 };

  const hooks = hooksRoute({
    limits: config.limits,
    domains: config.domains,
    trustedProxies: config.trustedProxies,
    installationKey: config.installationKey,
    catalog: () => sources.catalog(),
    backbone: () => backbone.current(),
    keyMaterial: createKeyMaterialStore(defaultKeyMaterialLimits),
    failedVerifications,
    rates,
    knownContents: createKnownContents(),
    signedOnce: createSignedOnce(),
    rejections,
    budget,
    inFlight,
    isStopping: () => server.isStopping(),
    logger,
    metrics,
    startRequestSpan,
    clock,
  });
  const server: IngressServer = createIngressServer(
    createHttpApp({ hooks, probeHandler: service.probeHandler, clock, logger }),
    // A worker has its part of the connections: they are handed out in turn.
    { ...config.limits, connections: Math.ceil(config.limits.connections / config.workers) },
    (reason) => metrics.count('ingress_connections_refused_total', { reason }),
  );
  let port = 0;

  health.check('sources', () => sources.check());
  health.summarise('sources', () => ({ ...sources.summary(), inForce: sourcesInForce(sources.catalog(), clock()) }));
  health.check('kafka', () => backbone.checkKafka());
  health.check('schemas', () => backbone.checkSchemas());
  metrics.gauge('ingress_connections_open', () => server.connections());
  metrics.gauge('ingress_bytes_in_flight', () => budget.used());
  metrics.gauge('ingress_requests_in_flight', () => inFlight.requests);
  metrics.gauge('ingress_publish_waiting_bytes', () => backbone.waitingBytes());

  return {
    port: () => port,
    start: async (signal) => {
      await sources.start();
      lifecycle.onStop('sources', () => sources.close());
      lifecycle.onStop('backbone', (deadlineMs) => backbone.close(deadlineMs));
      lifecycle.onStop('rejections', (deadlineMs) => rejections.drain(deadlineMs));
      // Listening comes before Kafka and the registry: until they are there, senders get a 503 that says "later".
      port = await server.listen(config.listen.host, config.listen.port);
      lifecycle.onStop('server', (deadlineMs) => server.stop(deadlineMs));
      logger.info({ port, sources: sources.catalog().all().length }, 'listening');
      await backbone.start(signal);
    },
    stop: (deadlineMs) => lifecycle.stop(deadlineMs),
  };
}

/** What doctor compares with the file: how many secrets of each source this process could use. */
function sourcesInForce(catalog: SourceCatalog, nowMs: number): readonly object[] {
  return catalog.all().map(({ sourceId, tenantId, provider, state, settings }) => ({
    sourceId,
    tenantId,
    provider: provider.name,
    state,
    usableSecrets: liveSecrets(settings.secrets, nowMs).length,
  }));
}

/** Unlike the service's clock it does not jump, and what a limit counts is how much time has passed. */
function monotonicMs(): number {
  return performance.now();
}
