/** A real Jaeger for a test: the collector and the query service in one process, traces in memory. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { freePorts } from '@trunkline/installation';

import { type GoBinary, goBinary } from '../setup/go-binary.ts';
import { type GoServer, startGoServer } from '../setup/go-server.ts';

export interface Jaeger extends GoServer {
  /** Of the query service and the page. */
  readonly url: string;
  /** Where spans are sent: OTLP over HTTP. */
  readonly otlpUrl: string;
}

/** https://www.jaegertracing.io/docs/2.13/ */
export const jaegerBinary: GoBinary = goBinary(import.meta.dirname, {
  dependency: 'github.com/jaegertracing/jaeger',
  command: 'github.com/jaegertracing/jaeger/cmd/jaeger',
});

export async function startJaeger(): Promise<Jaeger> {
  const [http = 0, grpc = 0, otlp = 0] = await freePorts(3);
  const url = `http://127.0.0.1:${http}`;
  const server = await startGoServer(jaegerBinary, {
    prepare(folder) {
      const config = join(folder, 'config.yaml');
      writeFileSync(config, configOf({ http, grpc, otlp }));
      return ['--config', config];
    },
    readyUrl: `${url}/api/services`,
  });
  return { ...server, url, otlpUrl: `http://127.0.0.1:${otlp}/v1/traces` };
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
