import { randomUUID } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';

import { type Clock, steadyClock } from '@trunkline/core';
import type { Database } from '@trunkline/postgres';
import { type ApiLine, type Logger, type Metrics, type ProbeHandler, wideEvent } from '@trunkline/runtime';
import type { Vault } from '@trunkline/vault';
import express, { type Request } from 'express';

import { digestOfRequest, once, readIdempotencyKey, type StoredAnswer } from '../idempotency/idempotency.ts';
import { apiLimits } from '../limits.ts';
import { problemOf } from '../problem-of.ts';
import { Problem, problemDocument, problems } from '../problems.ts';
import type { Caller, Permissions, Route } from '../route.ts';
import { authenticate } from './authenticate.ts';
import { createFailedAuthentications } from './failed-authentications.ts';
import { readRequest, type ReadRequest } from './read-request.ts';
import { createTurns } from './turns.ts';

export interface ApiAppOptions<Parts> {
  readonly routes: Readonly<Record<string, Route<Parts>>>;
  readonly permissions: Permissions;
  /** What the routes are given. */
  readonly parts: Parts;
  readonly database: Database;
  readonly vault: Vault;
  readonly probeHandler: ProbeHandler;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** One request on its way. */
interface Exchange {
  readonly requestId: string;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly startedMs: number;
  /** As the table of permissions has it; `none` where there is no such route. */
  readonly route: string;
  caller?: Caller;
}

/**
 * An API from its table of routes. Each request is let in by its key, read by the schemas of its route, and done in one
 * transaction of the key's tenant. Nothing stands in front of that: no middleware reads a body.
 */
export function createApiApp<Parts>(options: ApiAppOptions<Parts>): RequestListener {
  const { routes, permissions, probeHandler, clock } = options;
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.enable('case sensitive routing');
  app.enable('strict routing');
  app.set('query parser', false);
  const failed = createFailedAuthentications(steadyClock);
  const turns = createTurns();
  const paths = new Map<string, string[]>();

  for (const [name, route] of Object.entries(routes)) {
    const [method = '', path = ''] = name.split(' ');
    // Every name of the table is a method of these and a path (`RouteName`).
    const verb = method.toLowerCase() as 'get' | 'post' | 'patch' | 'delete';
    // Whether it is one of the table is seen right below.
    const scope = permissions[name as keyof Permissions];
    if (scope === undefined) throw new RangeError(`${name} is in no table of permissions`);
    paths.set(path, [...(paths.get(path) ?? []), method]);
    app[verb](expressPath(path), (request, response) =>
      answering(begun(request, response, name), options, async (exchange) => {
        const caller = await authenticate(request, scope, { database: options.database, failed, nowMs: clock });
        exchange.caller = caller;
        return await turns.take(caller.tenantId, () => answerCall({ request, route, name, caller }, options));
      }),
    );
  }
  for (const [path, methods] of paths)
    app.all(expressPath(path), (request, response) =>
      answering(begun(request, response, 'none'), options, () => {
        const headers = { allow: methods.join(', ') };
        throw new Problem('method_not_allowed', `this path takes ${methods.join(', ')}`, { headers });
      }),
    );
  app.use((request, response, next) => {
    if (!probeHandler(request, response)) next();
  });
  app.use((request, response) =>
    answering(begun(request, response, 'none'), options, () => {
      throw new Problem('not_found', 'there is no such path: docs/api.md lists all');
    }),
  );
  // oxlint-disable-next-line max-params -- Express tells error handlers by their four parameters.
  app.use((error: unknown, request: Request, response: ServerResponse, _next: unknown) =>
    answering(begun(request, response, 'none'), options, () => {
      throw isTheirs(error) ? new Problem('request_malformed', 'the path cannot be decoded') : error;
    }),
  );
  return app;
}

/** `/v1/endpoints/{endpointId}` as Express writes it. */
function expressPath(path: string): string {
  return path.replaceAll(/\{(\w+)\}/g, ':$1');
}

function begun(request: IncomingMessage, response: ServerResponse, route: string): Exchange {
  return { requestId: randomUUID(), request, response, startedMs: steadyClock(), route };
}

/** Express's own refusals carry a 4xx status. */
function isTheirs(error: unknown): boolean {
  const status: unknown = typeof error === 'object' && error !== null && 'status' in error ? error.status : undefined;
  return typeof status === 'number' && status >= 400 && status < 500;
}

/** What a request is answered. */
interface Answer extends StoredAnswer {
  readonly headers?: Readonly<Record<string, string>>;
  readonly problem?: Problem;
}

/** Answers whatever `answer` comes to, and writes its line. */
async function answering<Parts>(
  exchange: Exchange,
  options: ApiAppOptions<Parts>,
  answer: (exchange: Exchange) => Promise<Answer> | Answer,
): Promise<void> {
  let given: Answer;
  try {
    given = await answer(exchange);
  } catch (thrown) {
    given = answerOf(problemOf(thrown), exchange.requestId);
  }
  respond(exchange, given);
  report(exchange, given, options);
}

function answerOf(problem: Problem, requestId: string): Answer {
  return {
    status: problems[problem.code].status,
    text: JSON.stringify(problemDocument(problem, requestId)),
    headers: { 'content-type': 'application/problem+json', ...problem.headers },
    problem,
  };
}

function respond({ request, response, requestId }: Exchange, { status, text, headers }: Answer): void {
  response.writeHead(status, {
    ...(text === '' ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'trunkline-request-id': requestId,
    // What was sent and is not read would have to be, before the next request.
    ...(request.complete ? {} : { connection: 'close' }),
    ...headers,
  });
  response.end(text);
}

/** The one line of a request: ids, no body, no address. */
function report<Parts>(
  exchange: Exchange,
  { status, problem }: Answer,
  { logger, metrics }: ApiAppOptions<Parts>,
): void {
  const { requestId, route, caller, startedMs } = exchange;
  const totalMs = steadyClock() - startedMs;
  const line: ApiLine = {
    event: wideEvent.api.event,
    requestId,
    route,
    status,
    code: problem?.code,
    tenantId: caller?.tenantId,
    keyId: caller?.keyId,
    totalMs: Math.round(totalMs * 10) / 10,
    err: status >= 500 ? problem?.cause : undefined,
  };
  logger[status >= 500 ? 'warn' : 'info'](line, wideEvent.api.message);
  metrics.count('api_requests_total', { route, status: String(status) });
  metrics.seconds('api_request_seconds', { route }, totalMs / 1_000);
}

interface LetIn<Parts> {
  readonly request: Request;
  readonly route: Route<Parts>;
  readonly name: string;
  readonly caller: Caller;
}

/** Reads the request and does what it asks for, in one transaction. */
async function answerCall<Parts>(
  { request, route, name, caller }: LetIn<Parts>,
  { database, vault, clock, parts }: ApiAppOptions<Parts>,
): Promise<Answer> {
  const url = new URL(request.originalUrl, 'http://api');
  // Ours have no wildcard, whose parameter would be a list.
  const given = { path: request.params as Record<string, string>, query: url.searchParams };
  const { sent, ...read }: ReadRequest = await readRequest(request, given, route);
  const key = route.isNamed === true ? readIdempotencyKey(request.headers['idempotency-key']) : undefined;
  return await database.transaction(
    [caller.tenantId],
    async (tx): Promise<Answer> => {
      const run = async (): Promise<StoredAnswer> => {
        const answer = await route.handle({ tx, caller, clock, parts, ...read });
        return { status: route.status, text: answer === undefined ? '' : JSON.stringify(answer) };
      };
      if (key === undefined) return await run();
      const digest = digestOfRequest(name.split(' ')[0] ?? '', url.pathname, sent);
      const { isReplay, ...answer } = await once(tx, { tenantId: caller.tenantId, key, digest, vault }, run);
      return isReplay ? { ...answer, headers: { 'idempotent-replay': 'true' } } : answer;
    },
    { deadlineMs: apiLimits.deadlineMs },
  );
}
