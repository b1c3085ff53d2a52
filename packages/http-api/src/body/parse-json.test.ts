import { describe, expect, it } from 'vitest';

import { Problem } from '../problems.ts';
import { parseJson } from './parse-json.ts';

const refusal = (text: string): string => {
  try {
    parseJson(text);
  } catch (error) {
    if (error instanceof Problem) return `${error.code}: ${error.message}`;
    throw error;
  }
  return 'read';
};

describe('parseJson', () => {
  it.each([
    '{"a":1,"b":{"a":2},"c":[{"a":3},{"a":4}]}',
    ' { "a" : "{\\"a\\",\\\\" , "b" : [ "a" , "a" ] } ',
    '[]',
    '"a"',
    '7',
  ])('reads %s as JSON.parse does', (text) => {
    expect(parseJson(text)).toEqual(JSON.parse(text));
  });

  it.each([
    '{"a":1,"a":2}',
    '{"a":1, "b":{}, "a":2}',
    '{"a":[1,{"b":1,\n"b":2}]}',
    String.raw`{"a":1,"\u0061":2}`,
    '{"__proto__":1,"__proto__":2}',
  ])('refuses %s, which names a member twice', (text) => {
    expect(refusal(text)).toBe('request_malformed: the body names a member twice');
  });

  it('refuses what is nested deeper than any body, and nothing else for its depth', () => {
    const nested = (depth: number): string => `${'['.repeat(depth)}${']'.repeat(depth)}`;

    expect(refusal(nested(16))).toBe('read');
    expect(refusal(nested(17))).toBe('request_malformed: the body is nested deeper than 16');
    expect(refusal(nested(30_000))).toBe('request_malformed: the body is nested deeper than 16');
  });

  it.each([
    String.raw`{"a":"x\u0000"}`,
    String.raw`{"\u0000":1}`,
    String.raw`["\ud800"]`,
    String.raw`["\udc00\ud800"]`,
  ])('refuses %s, which no table takes', (text) => {
    expect(refusal(text)).toBe('request_malformed: the body has a text with a zero byte or half a character');
  });

  it.each([String.raw`["\ud83d\ude00", "\u0001", "\\u0000"]`])('reads %s, which any table takes', (text) => {
    expect(parseJson(text)).toEqual(JSON.parse(text));
  });

  it.each(['', '{', '{"a":}', "{'a':1}", '{"a":1}x', 'undefined'])('refuses %s without quoting it', (text) => {
    expect(refusal(text)).toBe('request_malformed: the body is not JSON');
  });

  it('makes a member named __proto__ a member like any other', () => {
    const value = parseJson('{"__proto__":{"polluted":true}}');

    expect(Object.keys(value as object)).toEqual(['__proto__']); // an object was read
    expect((value as { readonly polluted?: unknown }).polluted).toBeUndefined(); // the same
  });
});
