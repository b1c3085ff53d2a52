import { expect, it } from 'vitest';

import { jsonText, storableValues } from './storable.ts';

it('a zero byte in a parameter, or in a list of texts, is U+FFFD; everything else is what it was', () => {
  const bytes = Buffer.from([0]);

  expect(storableValues(['a\0b', 'ab', ['\0', null, 7], bytes, null, 7n])).toEqual([
    'a\u{fffd}b',
    'ab',
    ['\u{fffd}', null, 7],
    bytes,
    null,
    7n,
  ]);
});

it('JSON text has no zero byte, and what only looks like one stays', () => {
  const value = { code: 'a\0b', list: ['\0'], escaped: '\\u0000', number: 7 };

  expect(JSON.parse(jsonText(value))).toEqual({ ...value, code: 'a\u{fffd}b', list: ['\u{fffd}'] });
  expect(jsonText({ escaped: '\\u0000' })).toBe(JSON.stringify({ escaped: '\\u0000' }));
});
