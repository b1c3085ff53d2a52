import type { IncomingMessage, ServerResponse } from 'node:http';

import { messageOf } from '@trunkline/core';

export interface CheckResult {
  readonly ok: boolean;
  /** For an operator, shown on /readyz: what is wrong and, where there is one, the fix. No secret. */
  readonly detail?: string;
}

/** Whether this process can take work, told by those who know. */
export interface HealthRegistry {
  /** Adds a check. It is asked on every probe, so it answers from what it knows and waits for nothing. */
  check(name: string, ask: () => CheckResult): void;
}

export type Phase = 'starting' | 'running' | 'stopping';

export interface Readiness {
  readonly ready: boolean;
  readonly phase: Phase;
  readonly checks: Readonly<Record<string, CheckResult>>;
}

/** The registry with the half that belongs to the runtime: the phase, and the answer. */
export interface Health extends HealthRegistry {
  enter(phase: Phase): void;
  readiness(): Readiness;
}

export function createHealth(): Health {
  const checks = new Map<string, () => CheckResult>();
  let phase: Phase = 'starting';
  return {
    check: (name, ask) => {
      checks.set(name, ask);
    },
    enter: (next) => {
      phase = next;
    },
    readiness: () => {
      const results = Object.fromEntries([...checks].map(([name, ask]) => [name, asked(ask)]));
      const healthy = Object.values(results).every((result) => result.ok);
      return { ready: phase === 'running' && healthy, phase, checks: results };
    },
  };
}

function asked(ask: () => CheckResult): CheckResult {
  try {
    return ask();
  } catch (error) {
    return { ok: false, detail: `the check itself failed: ${messageOf(error)}` };
  }
}

/** Writes the metrics in Prometheus' text format. */
export type MetricsHandler = (request: IncomingMessage, response: ServerResponse) => void;

/** Answers /livez, /readyz and /metrics; returns false, having done nothing, for any other path. */
export type HealthHandler = (request: IncomingMessage, response: ServerResponse) => boolean;

export function createHealthHandler(health: Health, metrics: MetricsHandler): HealthHandler {
  return (request, response) => {
    const [path] = (request.url ?? '').split('?', 1);
    switch (path) {
      case '/livez':
        // The loop turned far enough to answer: that is all that liveness means, or an outage of Kafka would have
        // every process restarted in circles.
        answer(response, 200, { live: true });
        return true;
      case '/readyz': {
        const readiness = health.readiness();
        answer(response, readiness.ready ? 200 : 503, readiness);
        return true;
      }
      case '/metrics':
        metrics(request, response);
        return true;
      default:
        return false;
    }
  };
}

function answer(response: ServerResponse, status: number, body: object): void {
  const text = `${JSON.stringify(body)}\n`;
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
  });
  response.end(text);
}
