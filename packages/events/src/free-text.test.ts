import { describe, expect, it } from 'vitest';

import { topics } from './catalogue.ts';
import { capJson, capText, textLimit } from './free-text.ts';
import { schemaTexts } from './generated/schemas.ts';

describe('free text', () => {
  it('of the limit exactly stays whole', () => {
    expect(capText('abc', 3)).toEqual({ text: 'abc', truncated: false });
    expect(capText('', 3)).toEqual({ text: '', truncated: false });
  });

  it('beyond the limit keeps its beginning and says so', () => {
    expect(capText('abcd', 3)).toEqual({ text: 'abc', truncated: true });
  });

  it('is never cut inside a character of two units', () => {
    expect(capText('ab😀', 3)).toEqual({ text: 'ab', truncated: true });
    expect(capText('a😀b', 3)).toEqual({ text: 'a😀', truncated: true });
  });

  it('that is JSON is left out instead of cut', () => {
    expect(capJson('{"a":1}', 7)).toEqual({ text: '{"a":1}', truncated: false });
    expect(capJson('{"a":1}', 6)).toEqual({ text: null, truncated: true });
  });

  it.each(topics)('of %s has a limit that its doc names and code knows', (topic) => {
    const known = Object.values(textLimit).map((limit) => limit.toLocaleString('en'));
    const named = [...schemaTexts[topic].matchAll(/at most ([0-9,]+) characters/g)].map((match) => match[1]);

    expect(known).toEqual(expect.arrayContaining(named));
  });
});
