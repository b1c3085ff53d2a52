import type { Clock } from '@trunkline/core';

import type { Dialler } from '../dial/dialler.ts';
import type { DialAnswer, DialOutcome } from '../dial/outcome.ts';
import { startAttemptSpan } from './attempt-span.ts';
import type { Arrived, Happening } from './happening.ts';
import { happeningOfBody, happeningOfFailure, judgeStatus, type PlainAnswer } from './judge.ts';
import type { CallLimits } from './limits.ts';
import type { OutboundCall } from './outbound-call.ts';
import { acceptedEncoding, unpack } from './unpack.ts';

/** What one attempt came to. */
export type MadeAttempt = { readonly happening: 'ok'; readonly answer: PlainAnswer } | FailedAttempt;

export interface FailedAttempt {
  readonly happening: Happening;
  readonly answer?: PlainAnswer;
  readonly retryAfterMs?: number | undefined;
  /** Where more is known than what the table says of its happening. */
  readonly arrived?: Arrived;
  readonly detail: string;
}

export interface AttemptOptions {
  readonly dialler: Dialler;
  readonly call: OutboundCall;
  readonly limits: CallLimits;
  readonly now: Clock;
  readonly host: string;
  readonly repeat: number;
  /** What is left of the call's time. */
  readonly timeoutMs: number;
}

/** Sends the request once, within a span, and judges what came of it. */
export async function sendOnce(options: AttemptOptions): Promise<MadeAttempt> {
  const { dialler, call, host, repeat, timeoutMs } = options;
  const { request, name, signal } = call;
  const span = startAttemptSpan({ method: request.method, host, name, repeat });
  const outcome = await dialler.send({
    ...request,
    headers: { 'accept-encoding': acceptedEncoding, ...request.headers, ...span.headers },
    limits: { timeoutMs: Math.max(timeoutMs, 1) },
    signal,
  });
  const attempt = await judge(outcome, options);
  span.end(attempt.happening, outcome.kind === 'answer' ? outcome.status : undefined);
  return attempt;
}

async function judge(outcome: DialOutcome, options: AttemptOptions): Promise<MadeAttempt> {
  if (outcome.kind === 'failure') {
    return { happening: happeningOfFailure(outcome), arrived: outcome.arrived, detail: outcome.detail };
  }
  const { call, limits, now, host } = options;
  const body = await unpack(outcome, limits);
  const answer = { status: outcome.status, headers: outcome.headers, body: 'trouble' in body ? Buffer.alloc(0) : body };
  const { happening, retryAfterMs } = call.judge?.(answer) ?? judgeStatus(outcome, now());
  const detail = `${host} answered ${outcome.status}`;
  if (happening !== 'ok') return { happening, retryAfterMs, answer, detail: `${detail}${whereTo(outcome)}` };

  // The status tells of success, whatever became of the body: the request has arrived, and was done.
  const broken = happeningOfBody(outcome.bodyEnd);
  if (broken !== undefined)
    return { happening: broken, answer, detail: `${detail}, and its body is ${outcome.bodyEnd}` };
  if ('trouble' in body) return { happening: 'unexpected', answer, detail: `${detail}: ${body.trouble}` };
  return { happening: 'ok', answer };
}

/** The host of a redirect tells an operator what went wrong; its path may hold a secret. */
function whereTo({ status, headers }: DialAnswer): string {
  const { location } = headers;
  if (status < 300 || status >= 400 || typeof location !== 'string' || !URL.canParse(location)) return '';
  return `, a redirect to ${new URL(location).host}, which is not followed`;
}
