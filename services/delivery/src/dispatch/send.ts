import { context, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { failpoint, type Clock } from '@trunkline/core';
import { eventIdOfUuid } from '@trunkline/core';
import { jobIdOfUuid } from '@trunkline/delivery';
import type { Dialler } from '@trunkline/http-client';
import { type Format, formats, type RenderedBody, standardHeaders, type WebhookMessage } from '@trunkline/payload';
import { liveSecrets, signMessage } from '@trunkline/signing';

import { type AttemptResult, judgeOutcome } from '../attempt-codes.ts';
import { deliveryLimits } from '../limits.ts';
import type { LoadedTask, OpenedEndpoint } from './lane.ts';

export interface SendOptions {
  readonly dialler: Dialler;
  readonly clock: Clock;
  /** `Trunkline/<version>` */
  readonly userAgent: string;
  readonly signal: AbortSignal;
}

export interface Sent {
  /** Undefined: given up because this process stops. */
  readonly result: AttemptResult | undefined;
  readonly traceId: string | undefined;
  readonly tookMs: number;
}

/** One request: signed now, with every secret that signs now. What is the same in all attempts is id and body. */
export async function sendTask(
  opened: OpenedEndpoint,
  task: LoadedTask & { readonly body: Buffer },
  options: SendOptions,
): Promise<Sent> {
  const startedAtMs = performance.now();
  const nowMs = options.clock();
  const keys = liveSecrets(opened.secrets, nowMs).map(({ key }) => key);
  if (keys.length === 0) {
    const detail = opened.flaw ?? 'the endpoint has no secret that signs';
    return { result: { code: 'secret_unavailable', detail }, traceId: undefined, tookMs: 0 };
  }
  const { endpoint } = opened;
  const span = startSpan(opened, task);
  const rendered = render(endpoint.format, task.body);
  const headers: Record<string, string> = {
    ...rendered.headers,
    ...signMessage({ id: eventIdOfUuid(task.eventUuid), atMs: nowMs, body: rendered.body }, keys),
    'user-agent': options.userAgent,
    'trunkline-attempt': String(task.attempts + 1),
    ...(task.cause === 'event'
      ? {}
      : { 'trunkline-resend': task.jobUuid === null ? 'true' : jobIdOfUuid(task.jobUuid) }),
  };
  propagation.inject(trace.setSpan(context.active(), span), headers);
  failpoint('delivery.before_send');
  const outcome = await options.dialler.send({
    method: 'POST',
    url: endpoint.url,
    headers,
    body: rendered.body,
    share: task.tenantId,
    limits: {
      firstByteTimeoutMs: endpoint.timeoutMs,
      // Connecting, waiting and the beginning of the answer together.
      timeoutMs: endpoint.timeoutMs + answerMs,
      maxBodyBytes: deliveryLimits.maxAnswerBytes,
    },
    signal: options.signal,
  });
  failpoint('delivery.after_answer');
  const result = judgeOutcome(outcome, { nowMs: options.clock(), keptBytes: deliveryLimits.keptAnswerBytes });
  if (result?.status !== undefined) span.setAttribute('http.response.status_code', result.status);
  if (result?.code !== 'ok') {
    span.setAttribute('error.type', result?.code ?? 'aborted');
    span.setStatus({ code: SpanStatusCode.ERROR, message: result?.code ?? 'aborted' });
  }
  span.end();
  const { traceId } = span.spanContext();
  return {
    result,
    traceId: /^0+$/.test(traceId) ? undefined : traceId,
    tookMs: performance.now() - startedAtMs,
  };
}

/** For a connection that is to be made, and for a body that comes late. */
const answerMs = 5_000;

/** In the trace of the event, so that it goes from the provider's request to the receiver's answer. Without the path, which may hold a token. */
function startSpan({ endpoint, host }: OpenedEndpoint, task: LoadedTask) {
  const parent = propagation.extract(
    context.active(),
    task.traceparent === undefined ? {} : { traceparent: task.traceparent },
  );
  return trace.getTracer('@trunkline/delivery').startSpan(
    'delivery attempt',
    {
      kind: SpanKind.CLIENT,
      attributes: {
        'http.request.method': 'POST',
        'server.address': host,
        'trunkline.endpoint_id': endpoint.endpointId,
        'trunkline.event_id': eventIdOfUuid(task.eventUuid),
        ...(task.attempts === 0 ? {} : { 'http.request.resend_count': task.attempts }),
      },
    },
    parent,
  );
}

/** The body was written by the fan-out of this service, in the format `standard`: where that is asked for, it is what is sent. */
function render(format: Format, body: Buffer): RenderedBody {
  if (format === 'standard') return { headers: standardHeaders, body };
  // A message is what the fan-out wrote there.
  return formats[format](JSON.parse(body.toString('utf8')) as WebhookMessage);
}
