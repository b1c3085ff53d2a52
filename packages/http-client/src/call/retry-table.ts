import type { ErrorCode } from '@trunkline/core';

import type { Arrived, Happening } from './happening.ts';

/** What follows from a happening. */
export interface RetryRow {
  /** What the error of a call that ends with this is called; packages/core/src/errors.ts says what consumers make of it. */
  readonly code: ErrorCode;
  /** Of the attempt: no, refused, maybe. */
  readonly arrived: Arrived;
  /** Most repeats inside of the call. */
  readonly repeats: number;
  /** `always`: the other side has done nothing; `repeatable`: only what may be done twice. */
  readonly when: 'always' | 'repeatable';
  /** What the breaker of the connection makes of it. An answer that refuses is the answer of a server that works. */
  readonly connection: 'success' | 'failure' | 'neither';
  /** What the breaker of the host makes of it: that one opens at the first failure. */
  readonly host: 'success' | 'failure' | 'neither';
}

const answered = { connection: 'success', host: 'success' } as const;
const neither = { connection: 'neither', host: 'neither' } as const;

/** The one table: nothing else decides whether a call is repeated or what a breaker counts. */
export const retryTable: Readonly<Record<Happening, RetryRow>> = {
  rate_limited: {
    code: 'upstream_rate_limited',
    arrived: 'refused',
    repeats: 3,
    when: 'always',
    connection: 'neither',
    host: 'success',
  },
  server_error: {
    code: 'upstream_5xx',
    arrived: 'maybe',
    repeats: 3,
    when: 'repeatable',
    connection: 'failure',
    host: 'success',
  },
  rejected: { code: 'upstream_4xx', arrived: 'refused', repeats: 0, when: 'repeatable', ...answered },
  unauthorised: { code: 'connection_unusable', arrived: 'refused', repeats: 0, when: 'repeatable', ...answered },
  unexpected: { code: 'upstream_unexpected', arrived: 'maybe', repeats: 0, when: 'repeatable', ...answered },
  timeout: {
    code: 'upstream_timeout',
    arrived: 'maybe',
    repeats: 1,
    when: 'repeatable',
    connection: 'failure',
    host: 'neither',
  },
  lost: {
    code: 'upstream_unavailable',
    arrived: 'maybe',
    repeats: 1,
    when: 'repeatable',
    connection: 'failure',
    host: 'neither',
  },
  unavailable: {
    code: 'upstream_unavailable',
    arrived: 'no',
    repeats: 0,
    when: 'always',
    connection: 'neither',
    host: 'failure',
  },
  held_back: { code: 'upstream_unavailable', arrived: 'no', repeats: 0, when: 'always', ...neither },
  overloaded: { code: 'upstream_rate_limited', arrived: 'no', repeats: 0, when: 'always', ...neither },
  denied: { code: 'destination_denied', arrived: 'no', repeats: 0, when: 'always', ...neither },
  aborted: { code: 'upstream_timeout', arrived: 'maybe', repeats: 0, when: 'always', ...neither },
};
