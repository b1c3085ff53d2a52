/** A real Jaeger for a test: the collector and the query service in one process, traces in memory. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { freePorts, until } from '@trunkline/installation';

import { type GoBinary, goBinary } from '../setup/go-binary.ts';

export interface Jaeger {
  /** Of the query service and the page. */
  readonly url: string;
  /** Where spans are sent: OTLP over HTTP. */
  readonly otlpUrl: string;
  stop(): Promise<void>;
}

/** https://www.jaegertracing.io/docs/2.13/ */
export const jaegerBinary: GoBinary = goBinary(import.meta.dirname, {
  dependency: 'github.com/jaegertracing/jaeger',
  command: 'github.com/jaegertracing/jaeger/cmd/jaeger',
});

const startDeadlineMs = 60_000;
const stopDeadlineMs = 5_000;

export async function startJaeger(): Promise<Jaeger> {
  const folder = mkdtempSync(join(tmpdir(), 'trunkline-jaeger-'));
  const [http = 0, grpc = 0, otlp = 0] = await freePorts(3);
  const config = join(folder, 'config.yaml');
  writeFileSync(config, configOf({ http, grpc, otlp }));
  const server = spawn(jaegerBinary.path, ['--config', config], { stdio: 'ignore' });
  const ended = once(server, 'close');
  const url = `http://127.0.0.1:${http}`;
  const stop = async (): Promise<void> => {
    server.kill('SIGTERM');
    const late = setTimeout(() => server.kill('SIGKILL'), stopDeadlineMs);
    await ended;
    clearTimeout(late);
    rmSync(folder, { recursive: true });
  };
  try {
    await until('Jaeger answers', async () => (await fetch(`${url}/api/services`)).ok, {
      deadlineMs: startDeadlineMs,
      everyMs: 100,
    });
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, otlpUrl: `http://127.0.0.1:${otlp}/v1/traces`, stop };
}

/** https://www.jaegertracing.io/docs/2.13/deployment/configuration/ */
function configOf(ports: { readonly http: number; readonly grpc: number; readonly otlp: number }): string {
  return `service:
  extensions: [jaeger_storage, jaeger_query]
  pipelines:
    traces: { receivers: [otlp], exporters: [jaeger_storage_exporter] }
  telemetry: { metrics: { level: none }, logs: { level: warn } }
extensions:
  jaeger_query:
    storage: { traces: memory }
    http: { endpoint: 127.0.0.1:${ports.http} }
    grpc: { endpoint: 127.0.0.1:${ports.grpc} }
  jaeger_storage:
    backends: { memory: { memory: { max_traces: 10000 } } }
receivers:
  otlp: { protocols: { http: { endpoint: 127.0.0.1:${ports.otlp} } } }
exporters:
  jaeger_storage_exporter: { trace_storage: memory }
`;
}
