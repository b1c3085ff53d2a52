import { describe, expect, it } from 'vitest';

import { classify } from './classify.ts';
import { type ErrorCode, errorTable, TrunklineError } from './errors.ts';

const codes = Object.keys(errorTable) as ErrorCode[]; // the table's own keys

describe('what was thrown', () => {
  it.each(codes)('keeps its code and its identity when it is ours: %s', (code) => {
    const error = new TrunklineError(code, 'told by its owner');

    expect(classify(error)).toBe(error);
    expect(classify(error).code).toBe(code);
  });

  it.each([
    'ECONNREFUSED',
    'ECONNRESET',
    'EPIPE',
    'ETIMEDOUT',
    'EHOSTUNREACH',
    'ENOTFOUND',
    'EAI_AGAIN',
    'ENOENT',
    'UND_ERR_CONNECT_TIMEOUT',
    '57P01',
    '53300',
    '40001',
    '23505',
  ])('is no outage and no verdict because of a code that somebody else gave it: %s', (code) => {
    const thrown = Object.assign(new Error('from somewhere'), { code });

    expect(classify(thrown)).toMatchObject({ code: 'unknown', message: 'from somewhere', cause: thrown });
  });

  it.each(['Connection terminated unexpectedly', 'timeout exceeded when trying to connect'])(
    'is no outage because of its words: %s',
    (message) => {
      expect(classify(new Error(message)).code).toBe('unknown');
    },
  );

  it.each([
    ['text', 'text'],
    [undefined, 'undefined'],
    [null, 'null'],
    [{ code: 'ECONNREFUSED' }, '[object Object]'],
  ])('may be no error at all: %j', (thrown, message) => {
    expect(classify(thrown)).toMatchObject({ code: 'unknown', message });
    expect(classify(thrown).cause).toBe(thrown);
  });
});
