import { describe, expect, it } from 'vitest';

import { createKnownContents } from './known-contents.ts';

describe('known contents', () => {
  it('notice an id that says something else, each time, and no repeat', () => {
    const known = createKnownContents();

    const answers = [
      ['evt_1', 'a'],
      ['evt_1', 'a'],
      ['evt_1', 'b'],
      ['evt_1', 'b'],
      ['evt_1', 'a'],
      ['evt_2', 'b'],
    ].map(([id = '', digest = '']) => known.isOther(id, digest));

    expect(answers).toEqual([false, false, true, true, false, false]);
  });

  it('are forgotten beyond their limit', () => {
    const known = createKnownContents(2);
    for (const id of ['evt_1', 'evt_2', 'evt_3']) known.isOther(id, 'a');

    expect(known.isOther('evt_1', 'b')).toBe(false);
  });
});
