import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { startCommand } from '@trunkline/runtime';

import { type Corner, genericToken, largestBodyBytes, stripeSecret } from './running-ingress.ts';

/** The ingress as it runs in production: a process of its own, its telemetry preloaded, its sources in a file. */
export interface IngressProcess {
  readonly url: string;
  /** Where operators ask. */
  readonly operatorUrl: string;
  readonly sourcesFile: string;
  readonly child: ChildProcess;
  /** Everything it has written to standard output and standard error. */
  output(): string;
  /** Every span it has exported so far. */
  spans(): readonly ZipkinSpan[];
  readonly exit: Promise<number | null>;
  /** Ends what is left and removes the files. */
  remove(): Promise<void>;
}

export interface ZipkinSpan {
  readonly traceId: string;
  readonly id: string;
  readonly parentId?: string;
  readonly name: string;
  readonly kind?: string;
  readonly tags: Readonly<Record<string, string>>;
}

export const sampleSources = `version: 1
tenants:
  - id: tnt_test
    name: Test
sources:
  - id: src_stripe
    tenant: tnt_test
    provider: stripe
    account: acct_1
    secrets: [env:STRIPE_SECRET]
    options: { modes: [test, live] }
    acceptDeadlineMs: 30000
    bodyLimitBytes: 262144
  - id: src_generic
    tenant: tnt_test
    provider: generic
    secrets: [env:GENERIC_TOKEN]
    options: { scheme: token, header: x-token }
    bodyLimitBytes: 262144
`;

const ingressDir = fileURLToPath(new URL('../..', import.meta.url));

export async function startIngressProcess(
  corner: Corner,
  sources: string = sampleSources,
  env: Readonly<Record<string, string>> = {},
): Promise<IngressProcess> {
  const folder = mkdtempSync(join(tmpdir(), 'trunkline-ingress-'));
  const sourcesFile = join(folder, 'trunkline.yaml');
  writeFileSync(sourcesFile, sources);
  const store = await startSpanStore();
  const [port, operatorPort] = [await freePort(), await freePort()];
  const [program, ...args] = startCommand(ingressDir);
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      TRUNKLINE_INGRESS_HOST: '127.0.0.1',
      TRUNKLINE_INGRESS_PORT: String(port),
      TRUNKLINE_OPERATOR_PORT: String(operatorPort),
      TRUNKLINE_KAFKA_BROKERS: corner.servers.kafkaBrokers,
      TRUNKLINE_REGISTRY_URL: corner.servers.registryUrl,
      TRUNKLINE_NAMESPACE: corner.namespace,
      TRUNKLINE_SOURCES: sourcesFile,
      TRUNKLINE_INSTALLATION_KEY: 'ab'.repeat(32),
      TRUNKLINE_LOG_LEVEL: 'debug',
      TRUNKLINE_INGRESS_LARGEST_BODY_BYTES: String(largestBodyBytes),
      STRIPE_SECRET: stripeSecret,
      GENERIC_TOKEN: genericToken,
      OTEL_TRACES_EXPORTER: 'zipkin',
      OTEL_EXPORTER_ZIPKIN_ENDPOINT: store.url,
      OTEL_BSP_SCHEDULE_DELAY: '50',
      ...env,
    },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
  const exit = once(child, 'close').then(([code]) => code as number | null);
  return {
    url: `http://127.0.0.1:${port}`,
    operatorUrl: `http://127.0.0.1:${operatorPort}`,
    sourcesFile,
    child,
    output: () => output,
    spans: store.spans,
    exit,
    remove: async () => {
      child.kill('SIGKILL');
      await exit;
      await store.close();
      rmSync(folder, { recursive: true });
    },
  };
}

interface SpanStore {
  readonly url: string;
  readonly spans: () => readonly ZipkinSpan[];
  readonly close: () => Promise<void>;
}

/** As much of Zipkin as an exporter needs. */
async function startSpanStore(): Promise<SpanStore> {
  const spans: ZipkinSpan[] = [];
  const server = createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    request.on('end', () => {
      spans.push(...(JSON.parse(text) as ZipkinSpan[]));
      response.writeHead(202).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/api/v2/spans`,
    spans: () => spans,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
