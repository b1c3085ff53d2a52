import { describe, expect, it } from 'vitest';

import {
  groupedParameters,
  isFormType,
  maxFormParameters,
  readFormBody,
  readQuery,
  singleParameter,
} from './form-body.ts';

describe('a form', () => {
  it.for([
    [
      'a=1&b=2',
      [
        ['a', '1'],
        ['b', '2'],
      ],
    ],
    ['a=x+y%2Bz%20', [['a', 'x y+z ']]],
    [
      'a=%C3%A9&%62=',
      [
        ['a', 'é'],
        ['b', ''],
      ],
    ],
    [
      'a=1=2&c',
      [
        ['a', '1=2'],
        ['c', ''],
      ],
    ],
    ['&&a=1&', [['a', '1']]],
    [
      'a=1&a=2',
      [
        ['a', '1'],
        ['a', '2'],
      ],
    ],
    ['__proto__=1', [['__proto__', '1']]],
    ['', []],
  ] as const)('%s is read in order, decoded and not trimmed', ([text, parameters]) => {
    expect(readFormBody(Buffer.from(text))).toEqual({ readable: true, parameters });
  });

  it.for([
    ['bytes that are not UTF-8', Buffer.from([0x61, 0x3d, 0xff])],
    ['a percent sequence that is not UTF-8', Buffer.from('a=%ff')],
    ['a percent sequence that is cut short', Buffer.from('a=%f')],
    ['more parameters than any provider sends', Buffer.from('a&'.repeat(maxFormParameters + 1))],
  ] as const)('with %s is refused', ([, body]) => {
    expect(readFormBody(body).readable).toBe(false);
  });

  it('has a single parameter only where its name occurs once', () => {
    const form = readFormBody(Buffer.from('a=1&b=2&b=2'));
    const parameters = form.readable ? form.parameters : [];

    expect(['a', 'b', 'c'].map((name) => singleParameter(parameters, name))).toEqual(['1', undefined, undefined]);
  });

  it('groups repeated names in the order of their values', () => {
    const groups = groupedParameters([
      ['b', '2'],
      ['a', '1'],
      ['b', '1'],
    ]);

    expect([...groups]).toEqual([
      ['b', ['2', '1']],
      ['a', ['1']],
    ]);
  });

  it('may be a query, which may be absent', () => {
    expect(readQuery('/hooks/src_a?x=1&y=%20')).toEqual({
      readable: true,
      parameters: [
        ['x', '1'],
        ['y', ' '],
      ],
    });
    expect(readQuery('/hooks/src_a')).toEqual({ readable: true, parameters: [] });
  });

  it.for([
    ['application/x-www-form-urlencoded', true],
    ['Application/X-WWW-Form-Urlencoded; charset=UTF-8', true],
    ['application/x-www-form-urlencoded-not', false],
    ['application/json', false],
    [undefined, false],
  ] as const)('has the content type %s: %s', ([contentType, expected]) => {
    expect(isFormType(contentType)).toBe(expected);
  });
});
