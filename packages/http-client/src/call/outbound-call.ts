import type { RateBucket } from '@trunkline/core';

import type { DialRequest } from '../dial/dialler.ts';
import type { Judgement, PlainAnswer } from './judge.ts';

/** One call to somebody else's API, and all that its repeats need to know. */
export interface OutboundCall {
  /** For spans, log lines and errors: `twilio messages.create`. */
  readonly name: string;
  /** Whose breaker it is: the id of a connection, of an endpoint. */
  readonly connection: string;
  readonly request: Omit<DialRequest, 'signal' | 'limits'>;
  /** Whether it may be done twice: it changes nothing, has a key that the other side knows again, or ends in the same state. */
  readonly isRepeatable: boolean;
  readonly buckets?: readonly RateBucket[];
  /** Reads what a status does not say; undefined where the status says it all. */
  readonly judge?: (answer: PlainAnswer) => Judgement | undefined;
  /** Over all attempts and waits; `callTimeoutMs` when absent. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}
