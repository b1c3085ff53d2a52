import { BlockList } from 'node:net';

import type { Publisher } from '@trunkline/kafka';
import { createHealth, createLogger, createMetrics, createProbeHandler, createRequestSpans } from '@trunkline/runtime';
import type { ConfiguredSource } from '@trunkline/sources';

import type { Backbone } from '../backbone.ts';
import { createHttpApp } from '../http/http-app.ts';
import { createIngressServer, type IngressServer } from '../http/server.ts';
import { createKeyMaterialStore, defaultKeyMaterialLimits } from '../key-material.ts';
import { type ByteBudget, createByteBudget } from '../limits/byte-budget.ts';
import { createFailedVerifications } from '../limits/failed-verifications.ts';
import { createKnownContents } from '../limits/known-contents.ts';
import { createSignedOnce } from '../limits/signed-once.ts';
import { createSourceRates } from '../limits/source-rates.ts';
import { createRejectionRecorder } from '../rejections.ts';
import { hooksRoute } from '../routes/hooks.ts';
import { catalogOf, type Corner, genericSource, largestBodyBytes, stripeSource } from './running-ingress.ts';

export interface RouteOptions {
  readonly corner: Pick<Corner, 'codec'>;
  readonly publisher: Publisher;
  readonly sources?: readonly ConfiguredSource[];
  readonly bodyBytesInFlight?: number;
  /** For headers, and for a body behind them. */
  readonly arrivalTimeoutMs?: number;
}

export interface RunningRoute {
  readonly url: string;
  readonly port: number;
  readonly server: IngressServer;
  readonly budget: ByteBudget;
  /** The most bytes of bodies that were held at one time. */
  readonly peakBytes: () => number;
}

/** The path of a webhook behind its real server, with a publisher of the test's choice. */
export async function startRoute(options: RouteOptions): Promise<RunningRoute> {
  const { corner, publisher, bodyBytesInFlight = 64 * 1024 * 1024, arrivalTimeoutMs = 5_000 } = options;
  const backbone: Backbone = { codec: corner.codec, publisher, maxRecordBytes: () => 10 * 1024 * 1024 };
  const logger = createLogger({ name: 'ingress', version: '0', instance: 't', level: 'fatal', write: () => undefined });
  const metrics = createMetrics({ name: 'ingress', version: 'test' });
  const clock = (): number => Date.now();
  const limits = {
    largestBodyBytes,
    bodyBytesInFlight,
    headerBytes: 16_384,
    headerCount: 100,
    connections: 2_000,
    requestsPerConnection: 10_000,
    failedVerificationsPerMinute: 100,
    failedVerificationAddresses: 1_000,
    headersTimeoutMs: arrivalTimeoutMs,
    bodyTimeoutMs: arrivalTimeoutMs,
    keepAliveMs: 5_000,
    drainMs: 20,
  };
  const inner = createByteBudget(bodyBytesInFlight);
  let peak = 0;
  const budget: ByteBudget = {
    ...inner,
    open: () => {
      const share = inner.open();
      return {
        ...share,
        take: (bytes) => {
          const taken = share.take(bytes);
          peak = Math.max(peak, inner.used());
          return taken;
        },
      };
    },
  };
  const catalog = catalogOf(options.sources ?? [stripeSource({}), genericSource({})]);
  const hooks = hooksRoute({
    limits,
    domains: undefined,
    trustedProxies: new BlockList(),
    installationKey: Buffer.alloc(32, 1),
    catalog: () => catalog,
    backbone: () => backbone,
    keyMaterial: createKeyMaterialStore(defaultKeyMaterialLimits),
    failedVerifications: createFailedVerifications(limits, () => performance.now()),
    rates: createSourceRates(() => performance.now()),
    knownContents: createKnownContents(),
    signedOnce: createSignedOnce(),
    rejections: createRejectionRecorder({ backbone: () => backbone, clock, logger, metrics }),
    budget,
    inFlight: { requests: 0 },
    isStopping: () => server.isStopping(),
    logger,
    metrics,
    startRequestSpan: createRequestSpans(undefined),
    clock,
  });
  const probeHandler = createProbeHandler(createHealth());
  const server: IngressServer = createIngressServer(
    createHttpApp({ hooks, probeHandler, clock, logger }),
    limits,
    () => undefined,
  );
  const port = await server.listen('127.0.0.1', 0);
  return { url: `http://127.0.0.1:${port}`, port, server, budget, peakBytes: () => peak };
}
