import type { DialAnswer, DialFailure } from '../dial/outcome.ts';
import type { Happening } from './happening.ts';
import { retryAfterMs } from './retry-after.ts';

/** What an attempt came to, before anybody decides what follows. */
export interface Judgement {
  readonly happening: Happening | 'ok';
  /** The wait that the other side asked for. */
  readonly retryAfterMs?: number | undefined;
}

/** An answer with its body unpacked, as an API's own way to say things is read from it. */
export interface PlainAnswer {
  readonly status: number;
  readonly headers: DialAnswer['headers'];
  readonly body: Buffer;
}

/** What the status says, by RFC 9110; the same for everybody who speaks HTTP. */
export function judgeStatus({ status, headers }: Pick<DialAnswer, 'status' | 'headers'>, nowMs: number): Judgement {
  const asked = headers['retry-after'];
  const wait = retryAfterMs(typeof asked === 'object' ? asked[0] : asked, nowMs);
  return { happening: happeningOf(status), ...(wait === undefined ? {} : { retryAfterMs: wait }) };
}

function happeningOf(status: number): Happening | 'ok' {
  if (status < 300) return 'ok';
  if (status < 400) return 'unexpected';
  if (status === 401) return 'unauthorised';
  // 408: the server waited for the request in vain. It has not done it.
  if (status === 429 || status === 408) return 'rate_limited';
  return status < 500 ? 'rejected' : 'server_error';
}

/** Why there was no answer. */
export function happeningOfFailure({ reason }: DialFailure): Happening {
  switch (reason) {
    case 'denied':
    case 'malformed':
      return 'denied';
    case 'refused':
    case 'unresolved':
    case 'connect_timeout':
    case 'tls':
      return 'unavailable';
    case 'timeout':
      return 'timeout';
    case 'reset':
    case 'protocol':
      return 'lost';
    case 'overloaded':
    case 'aborted':
      return reason;
  }
}

/** What it comes to when an answer of success has no whole body: it was done, and what it gave is not known. */
export function happeningOfBody(bodyEnd: DialAnswer['bodyEnd']): Happening | undefined {
  switch (bodyEnd) {
    case 'whole':
      return undefined;
    case 'cut':
      return 'unexpected';
    case 'late':
      return 'timeout';
    case 'broken':
      return 'lost';
  }
}
