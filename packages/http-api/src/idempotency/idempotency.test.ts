import { describe, expect, it } from 'vitest';

import { digestOfRequest } from './idempotency.ts';

const digest = (body: unknown, { method = 'POST', path = '/v1/jobs' } = {}): string =>
  digestOfRequest(method, path, body).toString('hex');

describe('a request that is named', () => {
  it('is the same in whichever order its body names its members', () => {
    expect(digest({ a: 1, b: [{ c: 2, d: null }] })).toBe(digest({ b: [{ d: null, c: 2 }], a: 1 }));
  });

  it.each<[string, unknown, unknown]>([
    ['value', { a: 1 }, { a: '1' }],
    ['member', { a: 1 }, { a: 1, b: null }],
    ['order of a list', { a: [1, 2] }, { a: [2, 1] }],
    ['body', {}, undefined],
    ['default that it names', {}, { rate: 100 }],
  ])('is another one by another %s', (_, one, other) => {
    expect(digest(one)).not.toBe(digest(other));
  });

  it('is another one by another path or method', () => {
    expect(new Set([digest({}), digest({}, { path: '/v1/endpoints' }), digest({}, { method: 'PATCH' })]).size).toBe(3);
  });
});
