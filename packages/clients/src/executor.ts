import { type Clock, type RateBucket, systemClock } from '@trunkline/core';
import { type CallAnswer, type CallFailure, type Caller, headerOf, type TlsProfile } from '@trunkline/http-client';

import {
  AnswerUnreadable,
  type ClientDefinition,
  type OperationDefinition,
  type Rate,
  written,
} from './contract/index.ts';

/** Whose account an operation is done in. */
export interface Connection<Credentials> {
  /** Whose it is: no tenant's calls take all connections to a host. */
  readonly tenantId?: string;
  /** `con_…`: whose breaker it is, and what log lines name. */
  readonly id: string;
  /** The account at the provider: connections to the same one share its rates. */
  readonly account: string;
  readonly credentials: Credentials;
  /** The certificate that the host is shown, where it wants one. */
  readonly tls?: TlsProfile | undefined;
  /** Narrower rates than the client's, by their keys; never wider. */
  readonly rates?: Readonly<Record<string, { readonly count: number; readonly periodMs: number }>>;
}

export interface Wish<Credentials, Input, Output> {
  readonly operation: OperationDefinition<Credentials, Input, Output>;
  readonly connection: Connection<Credentials>;
  readonly input: Input;
  /** Of the request or the work that it is done for: sent as `X-Correlation-Id`, and the key of what is repeatable by key. */
  readonly correlationId: string;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

export type OperationOutcome<Output> = OperationDone<Output> | CallFailure;

export interface OperationDone<Output> {
  readonly kind: 'done';
  readonly output: Output;
  /** What the provider calls the request, for its support. */
  readonly providerRequestId: string | undefined;
  readonly attempts: number;
  readonly waitedMs: number;
}

export interface ExecutorOptions {
  readonly caller: Caller;
  /** Where a client's API is instead, by the client's name: a fake, or a gateway of one's own. */
  readonly origins?: Readonly<Record<string, string>>;
  readonly clock?: Clock;
}

/** Does the operations of the clients: the one way to a provider's API. */
export interface Executor {
  /** Never rejects for what happens outside: that is an outcome. */
  run<Credentials, Operations, Input, Output>(
    client: ClientDefinition<Credentials, Operations>,
    wish: Wish<Credentials, Input, Output>,
  ): Promise<OperationOutcome<Output>>;
}

export function createExecutor({ caller, origins = {}, clock = systemClock }: ExecutorOptions): Executor {
  return {
    async run(client, { operation, connection, input, correlationId, timeoutMs, signal }) {
      const request = operation.request(input, { credentials: connection.credentials, idempotencyKey: correlationId });
      const { pathAndQuery, headers, body } = written(request);
      const outcome = await caller.call({
        name: `${client.name} ${operation.name}`,
        connection: connection.id,
        request: {
          method: request.method,
          url: `${origins[client.name] ?? client.origin}${pathAndQuery}`,
          headers: {
            accept: 'application/json',
            'user-agent': 'Trunkline',
            ...client.headers,
            ...headers,
            ...client.authorise(connection.credentials, { nowMs: clock(), callId: correlationId }),
            'x-correlation-id': correlationId,
          },
          body,
          tls: connection.tls,
          share: connection.tenantId,
        },
        isRepeatable: operation.repeatable !== 'no',
        buckets: [...client.rates, ...(operation.rates?.(input) ?? [])].map((rate) =>
          bucketOf(rate, client.name, connection),
        ),
        ...(client.judge === undefined ? {} : { judge: client.judge }),
        ...(timeoutMs === undefined ? {} : { timeoutMs }),
        ...(signal === undefined ? {} : { signal }),
      });
      if (outcome.kind === 'failure') return outcome;
      return read(outcome, () => operation.answer(outcome), {
        name: `${client.name} ${operation.name}`,
        requestIdHeader: client.requestIdHeader,
      });
    },
  };
}

function read<Output>(
  answer: CallAnswer,
  parse: () => Output,
  { name, requestIdHeader }: { readonly name: string; readonly requestIdHeader: string | undefined },
): OperationOutcome<Output> {
  const { attempts, waitedMs } = answer;
  try {
    const providerRequestId = requestIdHeader === undefined ? undefined : headerOf(answer, requestIdHeader);
    return { kind: 'done', output: parse(), providerRequestId, attempts, waitedMs };
  } catch (error) {
    if (!(error instanceof AnswerUnreadable)) throw error;
    return {
      kind: 'failure',
      code: 'upstream_unexpected',
      happening: 'unexpected',
      arrived: 'maybe',
      answer,
      detail: `${name}: ${error.message}`,
      attempts,
      waitedMs,
    };
  }
}

function bucketOf<Credentials>(rate: Rate, client: string, connection: Connection<Credentials>): RateBucket {
  const own = connection.rates?.[rate.key];
  const isNarrower = own !== undefined && own.count / own.periodMs < rate.count / rate.periodMs;
  const { count, periodMs } = isNarrower ? own : rate;
  return { key: `${client}:${connection.account}:${rate.key}`, count, periodMs, burst: Math.min(rate.burst, count) };
}
