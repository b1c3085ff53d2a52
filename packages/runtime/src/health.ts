import type { IncomingMessage, ServerResponse } from 'node:http';

import { messageOf } from '@trunkline/core';

export interface CheckResult {
  readonly ok: boolean;
  /** For an operator, shown on the operators' listener: what is wrong and, where there is one, the fix. No secret. */
  readonly detail?: string;
}

/** Whether this process can take work, told by those who know. */
export interface HealthRegistry {
  /** Adds a check. It is asked on every probe, so it answers from what it knows and waits for nothing. */
  check(name: string, ask: () => CheckResult): void;
  /** Adds a part of what /debug tells operators: plain data of a bounded size, no secret and nothing personal. */
  summarise(name: string, read: () => unknown): void;
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
  summary(): Readonly<Record<string, unknown>>;
}

export function createHealth(): Health {
  const checks = new Map<string, () => CheckResult>();
  const parts = new Map<string, () => unknown>();
  let phase: Phase = 'starting';
  return {
    check: (name, ask) => {
      checks.set(name, ask);
    },
    summarise: (name, read) => {
      parts.set(name, read);
    },
    enter: (next) => {
      phase = next;
    },
    readiness: () => {
      const results = Object.fromEntries([...checks].map(([name, ask]) => [name, asked(ask)]));
      const healthy = Object.values(results).every((result) => result.ok);
      return { ready: phase === 'running' && healthy, phase, checks: results };
    },
    summary: () => Object.fromEntries([...parts].map(([name, read]) => [name, read()])),
  };
}

function asked(ask: () => CheckResult): CheckResult {
  try {
    return ask();
  } catch (error) {
    return { ok: false, detail: `the check itself failed: ${messageOf(error)}` };
  }
}

/** Answers /livez and /readyz; returns false, having done nothing, for anything else. */
export type ProbeHandler = (request: IncomingMessage, response: ServerResponse) => boolean;

/** Yes or no and nothing more, for any port: why not, and all else, is for operators (operators.ts). */
export function createProbeHandler(health: Pick<Health, 'readiness'>): ProbeHandler {
  return (request, response) => {
    if (!isRead(request)) return false;
    switch (pathOf(request)) {
      case '/livez':
        // The loop turned far enough to answer: that is all that liveness means, or an outage of Kafka would have
        // every process restarted in circles.
        answerJson(response, { status: 200, body: { live: true } });
        return true;
      case '/readyz': {
        const { ready } = health.readiness();
        answerJson(response, { status: ready ? 200 : 503, body: { ready } });
        return true;
      }
      default:
        return false;
    }
  };
}

export function isRead({ method }: IncomingMessage): boolean {
  return method === 'GET' || method === 'HEAD';
}

export function pathOf({ url = '' }: IncomingMessage): string | undefined {
  return url.split('?', 1)[0];
}

export interface JsonAnswer {
  readonly status: number;
  readonly body: object;
  readonly headers?: Readonly<Record<string, string>>;
}

export function answerJson(response: ServerResponse, { status, body, headers = {} }: JsonAnswer): void {
  const text = `${JSON.stringify(body)}\n`;
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
    ...headers,
  });
  response.end(text);
}
