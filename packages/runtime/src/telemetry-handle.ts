import { TrunklineError } from '@trunkline/core';

/** What the preload leaves for the process it runs in. */
export interface Telemetry {
  /** The metrics of this process in Prometheus' text format. */
  metricsText(): Promise<string>;
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
  metricsText: () =>
    Promise.reject(
      new TrunklineError(
        'dependency_unavailable',
        'telemetry was not preloaded: start the process with the arguments of startCommand()',
      ),
    ),
  shutdown: () => Promise.resolve(),
};
