import { type Arrived, type Happening, retryTable } from '@trunkline/http-client';

import type { OperationOutcome } from '../executor.ts';
import type { SessionFailure } from './session.ts';

export interface SmtpDone {
  readonly messageId: string;
}

/** The row of the error table that a failed session comes to. */
export function happeningOf({ stage, replyCode, isTimeout, isTls }: SessionFailure): {
  happening: Happening;
  arrived: Arrived;
} {
  if (isTls) return { happening: 'unavailable', arrived: 'no' };
  if (replyCode !== undefined) {
    // The server has answered that it did not take the message.
    const arrived = 'refused';
    if (stage === 'login') return { happening: replyCode < 500 ? 'server_error' : 'unauthorised', arrived };
    return { happening: replyCode < 500 ? 'server_error' : 'rejected', arrived };
  }
  if (stage === 'send') return { happening: isTimeout ? 'timeout' : 'lost', arrived: 'maybe' };
  return { happening: isTimeout ? 'timeout' : 'unavailable', arrived: 'no' };
}

export function failed(
  { happening, arrived }: { readonly happening: Happening; readonly arrived: Arrived },
  detail: string,
): OperationOutcome<never> {
  return {
    kind: 'failure',
    code: retryTable[happening].code,
    happening,
    arrived,
    detail: `smtp send: ${detail}`,
    attempts: 1,
    waitedMs: 0,
  };
}
