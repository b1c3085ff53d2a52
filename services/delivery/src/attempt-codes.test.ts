import type { DialAnswer } from '@trunkline/http-client';
import { describe, expect, it } from 'vitest';

import { judgeOutcome } from './attempt-codes.ts';

const options = { nowMs: Date.UTC(2026, 2, 2), keptBytes: 4 };
const answer = (status: number, headers: DialAnswer['headers'] = {}): DialAnswer => ({
  kind: 'answer',
  status,
  headers,
  body: Buffer.from('a long answer'),
  bodyEnd: 'whole',
});

describe('an answer', () => {
  it.each([
    [200, 'ok'],
    [204, 'ok'],
    [302, 'http_3xx'],
    [400, 'http_400'],
    [404, 'http_404'],
    [410, 'http_410'],
    [418, 'http_4xx'],
    [429, 'http_429'],
    [500, 'http_5xx'],
    [503, 'http_503'],
    [599, 'http_5xx'],
  ])('%i has the code %s', (status, code) => {
    expect(judgeOutcome(answer(status), options)).toMatchObject({ code, status });
  });

  it('that takes the message is a success, however its body ends', () => {
    expect(judgeOutcome({ ...answer(200), bodyEnd: 'broken' }, options)).toEqual({ code: 'ok', status: 200 });
  });

  it('that does not take it is kept in part, with the time to come back', () => {
    expect(judgeOutcome(answer(503, { 'retry-after': '7' }), options)).toEqual({
      code: 'http_503',
      status: 503,
      body: Buffer.from('a lo'),
      retryAfterMs: 7_000,
    });
  });

  it('that redirects says where to, without what may be a secret', () => {
    const redirected = answer(307, { location: 'https://other.example/hooks?token=hunter2' });

    expect(judgeOutcome(redirected, options)?.detail).toBe('a redirect to other.example, which is not followed');
  });
});

describe('a request without an answer', () => {
  it.each([
    ['denied', 'address_denied'],
    ['unresolved', 'dns_failed'],
    ['refused', 'connect_refused'],
    ['connect_timeout', 'connect_timeout'],
    ['tls', 'tls_failed'],
    ['timeout', 'answer_timeout'],
    ['reset', 'connection_reset'],
    ['protocol', 'protocol_error'],
    ['overloaded', 'local_limit'],
  ] as const)('for %s has the code %s', (reason, code) => {
    const failure = { kind: 'failure', reason, arrived: 'no', detail: 'host: why' } as const;

    expect(judgeOutcome(failure, options)).toEqual({ code, detail: 'host: why' });
  });

  it('that was given up by us has none', () => {
    const failure = { kind: 'failure', reason: 'aborted', arrived: 'maybe', detail: '' } as const;

    expect(judgeOutcome(failure, options)).toBeUndefined();
  });
});
