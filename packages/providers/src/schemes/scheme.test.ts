import { describe, expect, it } from 'vitest';

import { sameSignature, sameText } from './scheme.ts';

const texts = ['', 'a', 'b', 'ab', 'aB', 'ab ', 'é', 'é', '\ud800', '\ufffd', '\u{1f600}', 'a'.repeat(64)];

describe('two signatures', () => {
  it.for(texts)('are the same exactly where their digests are: %j', (one) => {
    for (const other of texts) {
      expect(sameSignature(one, other), JSON.stringify([one, other])).toBe(sameText(one, other));
    }
  });
});
