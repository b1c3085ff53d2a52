import { expect, it } from 'vitest';

import { deprecationOf } from './deprecation.ts';

it.each<readonly [Readonly<Record<string, string>>, unknown]>([
  [{}, undefined],
  [{ deprecation: '@1688169599' }, { sunsetAtMs: undefined }],
  [{ deprecation: 'true' }, { sunsetAtMs: undefined }],
  [{ deprecation: 'false' }, undefined],
  [
    { deprecation: '@1688169599', sunset: 'Sun, 30 Jun 2030 23:59:59 GMT' },
    { sunsetAtMs: Date.UTC(2030, 5, 30, 23, 59, 59) },
  ],
  [{ sunset: 'Sun, 30 Jun 2030 23:59:59 GMT' }, { sunsetAtMs: Date.UTC(2030, 5, 30, 23, 59, 59) }],
  [{ sunset: 'soon' }, undefined],
])('an answer with %j tells of its API: %j', (headers, expected) => {
  expect(deprecationOf({ headers })).toEqual(expected);
});
