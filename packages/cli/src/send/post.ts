import { isDeliveryId, isEventId, TrunklineError } from '@trunkline/core';
import { parseJson, readLimited, reasonOf } from '@trunkline/operations/http';
import type { ReceivedRequest } from '@trunkline/providers';
import { z } from 'zod';

/** One request and what the ingress answered. */
export interface Answer {
  readonly status: number;
  readonly durationMs: number;
  readonly deliveryId: string | undefined;
  readonly eventIds: readonly string[] | undefined;
  /** The error code of a refusal, where the body names one. */
  readonly code: string | undefined;
  /** One sentence of a refusal, where the body has one. */
  readonly detail: string | undefined;
  readonly retryAfter: string | undefined;
}

/** The header in which the ingress names the delivery it made of a request. */
export const deliveryIdHeader = 'trunkline-delivery-id';

/** The ingress's own answers; a provider's own reply has another form, and then the ids are reckoned here. */
const answerBody = z.object({
  delivery: z.string().optional(),
  events: z.array(z.string()).optional(),
  error: z.string().optional(),
  message: z.string().optional(),
});

/** Posts a signed request. Throws `dependency_unavailable` when nothing answers in time. */
export async function postRequest(
  url: string,
  request: ReceivedRequest,
  options: { readonly signal: AbortSignal; readonly deadlineMs: number },
): Promise<Answer> {
  const startedAt = performance.now();
  try {
    const response = await fetch(url, {
      method: request.method,
      headers: request.headers.map(([name, value]): [string, string] => [name, value]),
      redirect: 'manual',
      signal: AbortSignal.any([options.signal, AbortSignal.timeout(options.deadlineMs)]),
      ...(request.method === 'GET' ? {} : { body: Uint8Array.from(request.body) }),
    });
    const text = (await readLimited(response)).toString('utf8');
    return answerOf(response, text, performance.now() - startedAt);
  } catch (error) {
    if (error instanceof TrunklineError) throw error;
    throw new TrunklineError(
      'dependency_unavailable',
      `the ingress at ${new URL(url).origin} does not answer: ${reasonOf(error)}`,
      { cause: error },
    );
  }
}

function answerOf(response: Response, text: string, durationMs: number): Answer {
  const parsed = answerBody.safeParse(parseJson(text));
  const body = parsed.success ? parsed.data : {};
  const deliveryId = response.headers.get(deliveryIdHeader) ?? body.delivery;
  return {
    status: response.status,
    durationMs,
    deliveryId: deliveryId !== undefined && isDeliveryId(deliveryId) ? deliveryId : undefined,
    eventIds: body.events?.filter(isEventId),
    code: body.error,
    detail: body.message,
    retryAfter: response.headers.get('retry-after') ?? undefined,
  };
}
