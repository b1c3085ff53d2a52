import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';

import { classify } from '@trunkline/core';

import { answerJson, createProbeHandler, isRead, pathOf, type Readiness } from './health.ts';
import type { PageOf } from './operator-pages.ts';

/** What a process, or the first of several, says of itself. */
export interface OperatorAnswers {
  readiness(): Readiness;
  /** For /debug. */
  summary(): object | Promise<object>;
  /** In Prometheus' text format. */
  metrics(): Promise<string>;
}

export interface OperatorParts {
  readonly answers: OperatorAnswers;
  /** Who asks for more than a probe has to know it; undefined: whoever gets here may ask. */
  readonly token: string | undefined;
  /** Of the service; none unless given. */
  readonly pageOf?: PageOf;
}

/**
 * What operators ask a process: /livez and /readyz for probes, and with the token why it is not ready (/readyz),
 * /metrics and /debug. Without it /readyz is as bare as on a public port, so that a kubelet can probe it.
 */
export function createOperatorHandler({ answers, token, pageOf }: OperatorParts): RequestListener {
  const probes = createProbeHandler(answers);
  const digest = token === undefined ? undefined : digestOf(token);
  return (request, response) => {
    const allowed = digest === undefined || timingSafeEqual(digestOf(bearerOf(request)), digest);
    const path = pathOf(request);
    const page = path === undefined ? undefined : pageOf?.(path);
    if (!isRead(request)) answerJson(response, methodRefused);
    else if (path === '/readyz' && allowed) tellReadiness(answers.readiness(), response);
    else if (probes(request, response)) return;
    else if (page === undefined && path !== '/metrics' && path !== '/debug') answerJson(response, notFound);
    else if (!allowed) answerJson(response, tokenWanted);
    else if (page !== undefined) owed(tellPage(page(queryOf(request)), response), response);
    else if (path === '/metrics') owed(tellMetrics(answers, response), response);
    else owed(tellSummary(answers, response), response);
  };
}

const methodRefused = { status: 405, body: { error: 'method_not_allowed' }, headers: { allow: 'GET, HEAD' } };
const notFound = { status: 404, body: { error: 'not_found' } };
const tokenWanted = { status: 401, body: { error: 'unauthorized' }, headers: { 'www-authenticate': 'Bearer' } };

async function tellMetrics(answers: OperatorAnswers, response: ServerResponse): Promise<void> {
  const text = await answers.metrics();
  response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }).end(text);
}

async function tellSummary(answers: OperatorAnswers, response: ServerResponse): Promise<void> {
  answerJson(response, { status: 200, body: await answers.summary() });
}

async function tellPage(answering: Promise<object>, response: ServerResponse): Promise<void> {
  answerJson(response, { status: 200, body: await answering });
}

function queryOf({ url = '' }: IncomingMessage): URLSearchParams {
  return new URLSearchParams(url.split('?')[1] ?? '');
}

/** Answers what an answer failed with, where it was not begun. */
function owed(answering: Promise<void>, response: ServerResponse): void {
  answering.catch((error: unknown) => {
    const { code, message } = classify(error);
    const status = code === 'config_invalid' ? 400 : 503;
    if (!response.headersSent) answerJson(response, { status, body: { error: code, message } });
  });
}

function tellReadiness(readiness: Readiness, response: ServerResponse): void {
  answerJson(response, { status: readiness.ready ? 200 : 503, body: readiness });
}

function bearerOf({ headers }: IncomingMessage): string {
  return /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1] ?? '';
}

/** Of one length whatever is given, as a comparison in constant time wants it. */
function digestOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
