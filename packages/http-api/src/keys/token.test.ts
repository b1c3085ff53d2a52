import { describe, expect, it } from 'vitest';

import { newKeyToken, readKeyToken } from './token.ts';

describe('a token', () => {
  it('is read back as its key, whose digest says nothing of it', () => {
    const { token, keyId, digest } = newKeyToken();

    expect(readKeyToken(token)).toEqual({ keyId, digest });
    expect(token).toMatch(/^trk_[0-9a-f]{16}_[A-Za-z0-9_-]{43}[0-9a-f]{8}$/);
    expect(token).not.toContain(digest.toString('hex'));
  });

  it('with any one character changed is none', () => {
    const { token } = newKeyToken();
    const changed = [...token].map(
      (character, at) => `${token.slice(0, at)}${character === 'a' ? 'b' : 'a'}${token.slice(at + 1)}`,
    );

    expect(changed.filter((text) => readKeyToken(text) !== undefined)).toEqual([]);
  });

  it.each(['', 'trk_', 'Bearer x', `trk_${'0'.repeat(16)}_${'A'.repeat(43)}00000000`])('is not %j', (text) => {
    expect(readKeyToken(text)).toBeUndefined();
  });
});
