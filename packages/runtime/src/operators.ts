import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';

import { answerJson, createProbeHandler, type Health, isRead, pathOf } from './health.ts';

/** Writes the metrics in Prometheus' text format. */
export type MetricsHandler = (request: IncomingMessage, response: ServerResponse) => void;

export interface OperatorParts {
  readonly health: Health;
  readonly metrics: MetricsHandler;
  /** Who asks for more than a probe has to know it; undefined: whoever gets here may ask. */
  readonly token: string | undefined;
}

/**
 * What operators ask a process: /livez and /readyz for probes, and with the token why it is not ready (/readyz),
 * /metrics and /debug. Without it /readyz is as bare as on a public port, so that a kubelet can probe it.
 */
export function createOperatorHandler({ health, metrics, token }: OperatorParts): RequestListener {
  const probes = createProbeHandler(health);
  const digest = token === undefined ? undefined : digestOf(token);
  return (request, response) => {
    const allowed = digest === undefined || timingSafeEqual(digestOf(bearerOf(request)), digest);
    const path = pathOf(request);
    if (!isRead(request)) answerJson(response, methodRefused);
    else if (path === '/readyz' && allowed) tellReadiness(health, response);
    else if (probes(request, response)) return;
    else if (path !== '/metrics' && path !== '/debug') answerJson(response, notFound);
    else if (!allowed) answerJson(response, tokenWanted);
    else if (path === '/metrics') metrics(request, response);
    else answerJson(response, { status: 200, body: health.summary() });
  };
}

const methodRefused = { status: 405, body: { error: 'method_not_allowed' }, headers: { allow: 'GET, HEAD' } };
const notFound = { status: 404, body: { error: 'not_found' } };
const tokenWanted = { status: 401, body: { error: 'unauthorized' }, headers: { 'www-authenticate': 'Bearer' } };

function tellReadiness(health: Health, response: ServerResponse): void {
  const readiness = health.readiness();
  answerJson(response, { status: readiness.ready ? 200 : 503, body: readiness });
}

function bearerOf({ headers }: IncomingMessage): string {
  return /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1] ?? '';
}

/** Of one length whatever is given, as a comparison in constant time wants it. */
function digestOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
