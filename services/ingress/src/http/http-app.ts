import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';

import { type Clock, newDeliveryId } from '@trunkline/core';
import { type ErrorRequestHandler, express } from '@trunkline/http-api/express';
import type { Logger, ProbeHandler } from '@trunkline/runtime';

import { Refusal } from '../refusal.ts';
import type { HooksRoute } from '../routes/hooks.ts';
import { refusedReply, respond } from '../steps/answer.ts';

export interface HttpAppParts {
  readonly hooks: HooksRoute;
  readonly probeHandler: ProbeHandler;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * The routes: webhooks, two probes that say yes or no, and 404. What operators may ask has a listener of its own.
 * No middleware stands in front of a webhook: nothing may read, parse or wait before its own steps do.
 */
export function createHttpApp(parts: HttpAppParts): RequestListener {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', false);

  app.all('/hooks/:sourceId', (request, response) => parts.hooks(request, response, request.params.sourceId));
  app.use((request, response, next) => {
    if (!parts.probeHandler(request, response)) next();
  });
  app.use((request, response) => {
    respond(request, response, { reply: notFound, deliveryId: newDeliveryId(parts.clock()), close: false });
  });
  app.use(errorHandler(parts));
  return (request, response) => {
    const sourceId = plainSourceId(request);
    if (sourceId === undefined) {
      app(request, response);
      return;
    }
    parts
      .hooks(request, response, sourceId)
      .catch((error: unknown) => answerFailure({ error, request, response }, parts));
  };
}

/**
 * The source of a webhook whose path is written plainly, as senders write it: Express would find the same one, for
 * several microseconds. Whatever else the router takes (an escape, another letter case, a slash at the end) is left to it.
 */
function plainSourceId({ method, url = '' }: IncomingMessage): string | undefined {
  return method === 'POST' ? /^\/hooks\/([A-Za-z0-9_-]+)(?:\?|$)/.exec(url)?.[1] : undefined;
}

const notFound = {
  status: 404,
  headers: { 'content-type': 'application/json' },
  body: '{"error":"not_found","message":"Webhooks are sent to /hooks/<source id>."}\n',
};

/** Replaces Express's own, which answers with HTML and, outside of production, a stack trace. */
function errorHandler(parts: HttpAppParts): ErrorRequestHandler {
  // oxlint-disable-next-line max-params -- Express tells error handlers by their four parameters.
  return (error: unknown, request, response, _next) => answerFailure({ error, request, response }, parts);
}

interface Failure {
  readonly error: unknown;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

function answerFailure({ error, request, response }: Failure, parts: HttpAppParts): void {
  if (response.headersSent) {
    // The rest of an answer that has begun cannot be made right; the sender sees that it is cut and tries again.
    response.destroy();
    parts.logger.error({ err: error }, 'failed after the answer had begun');
    return;
  }
  const refusal = refusalOf(error);
  if (refusal.code === 'unknown') parts.logger.error({ err: error }, 'failed outside of the steps of a webhook');
  const deliveryId = newDeliveryId(parts.clock());
  respond(request, response, { reply: refusedReply(refusal), deliveryId, close: false });
}

function refusalOf(error: unknown): Refusal {
  // Express's own refusals (a path that cannot be decoded) carry a 4xx status; everything else is our trouble.
  const status: unknown = typeof error === 'object' && error !== null && 'status' in error ? error.status : undefined;
  const theirs = typeof status === 'number' && status >= 400 && status < 500;
  return new Refusal({
    step: theirs ? 'request' : 'internal',
    code: theirs ? 'request_malformed' : 'unknown',
    detail: theirs ? 'the path cannot be decoded' : 'an unexpected failure',
    cause: error,
  });
}
