import { classify, TrunklineError } from '@trunkline/core';
import { describe, expect, it } from 'vitest';

import { describe as describeError, exceptionHeaders } from './exception-headers.ts';

const marker = 'personal-4711';

describe('the exception headers of a copy', () => {
  it('name the class that was thrown and our code', () => {
    const headers = exceptionHeaders(classify(new RangeError('too far')));

    expect(headers).toMatchObject({
      'x-exception-class': 'RangeError',
      'x-exception-code': 'unknown',
      'x-exception-message': 'too far',
    });
  });

  it('keep the message of an error of ours as it was written', () => {
    const headers = exceptionHeaders(new TrunklineError('business_rejected', `handler "x" refused (twice)`));

    expect(headers).toMatchObject({
      'x-exception-class': 'TrunklineError',
      'x-exception-code': 'business_rejected',
      'x-exception-message': 'handler "x" refused (twice)',
    });
  });

  it.each([
    ['a parser', (): unknown => JSON.parse(`{"name":"${marker}`)],
    ['a driver', (): never => fail(`invalid input syntax for type bigint: "${marker}"`)],
    ['a driver that quotes quotes', (): never => fail(`bad value "a" and "${marker}" in 'x'`)],
    ['a driver that names a key', (): never => fail(`duplicate key (id)=(${marker})`)],
    ['a message of several lines', (): never => fail(`no\nDETAIL: ${marker}`)],
  ])('contain nothing of the payload that %s repeats', (_, run) => {
    const headers = exceptionHeaders(thrownBy(run));

    expect(JSON.stringify(headers)).not.toContain(marker);
    expect(headers['x-exception-stacktrace']).toContain('exception-headers.test.ts');
  });

  it('say which table, column or constraint Postgres complained about', () => {
    const violation = Object.assign(new Error(`duplicate key value violates unique constraint "payment_pkey"`), {
      code: '23505',
      table: 'payment',
      constraint: 'payment_pkey',
      detail: `Key (id)=(${marker}) already exists.`,
    });

    expect(describeError(classify(violation))).toBe(
      'duplicate key value violates unique constraint "…" (23505) [table payment constraint payment_pkey]',
    );
  });

  it('cap the stack at 4 KB of UTF-8 and the message at 1 KB', () => {
    const error = new TrunklineError('unknown', 'ü'.repeat(5_000));
    error.stack = `Error\n${'    at ü (file.ts)\n'.repeat(1_000)}`;

    const headers = exceptionHeaders(error);

    expect(Buffer.byteLength(headers['x-exception-stacktrace'] ?? '')).toBeLessThanOrEqual(4_096);
    expect(Buffer.byteLength(headers['x-exception-message'] ?? '')).toBeLessThanOrEqual(1_024);
    expect(headers['x-exception-message']).toMatch(/ü…$/u);
  });

  it('tell the causes of an error', () => {
    const error = new TrunklineError('dependency_unavailable', 'no answer', { cause: new TypeError('inner') });

    expect(exceptionHeaders(error)['x-exception-stacktrace']).toMatch(/^TrunklineError\n[^]*\ncaused by TypeError\n/);
  });
});

function fail(message: string): never {
  throw new Error(message);
}

function thrownBy(run: () => unknown): TrunklineError {
  try {
    run();
  } catch (error) {
    return classify(error);
  }
  throw new Error('nothing was thrown');
}
