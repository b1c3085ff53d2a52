import type { MetricsHandler } from './operators.ts';

/** What the preload leaves for the process it runs in. */
export interface Telemetry {
  readonly metricsHandler: MetricsHandler;
  /** Exports what is buffered and stops. */
  shutdown(): Promise<void>;
}

let current: Telemetry | undefined;

/** Called once, by the preload. */
export function installTelemetry(telemetry: Telemetry): void {
  current = telemetry;
}

/** The preloaded telemetry; without a preload (a test in one process) one that answers so and does nothing. */
export function installedTelemetry(): Telemetry {
  return current ?? absent;
}

const absent: Telemetry = {
  metricsHandler: (_request, response) => {
    response.writeHead(503, { 'content-type': 'text/plain' });
    response.end('# telemetry was not preloaded: start the process with the arguments of startCommand()\n');
  },
  shutdown: () => Promise.resolve(),
};
