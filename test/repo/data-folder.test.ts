import { tmpdir } from 'node:os';

import { describe, expect, it } from 'vitest';

import { parentOfData } from '../setup/data-folder.ts';

const gib = 1024 ** 3;
const plenty = { folder: '/memory', availableBytes: 8 * gib, roomBytes: () => 4 * gib };

describe('the data of servers that end with a test', () => {
  it('is kept in memory where there is plenty', () => {
    expect(parentOfData(plenty)).toBe('/memory');
  });

  it.each([
    ['the machine has little memory left', { ...plenty, availableBytes: 8 * gib - 1 }],
    ['the file system in memory is small, as that of a container is', { ...plenty, roomBytes: () => 64 * 1024 ** 2 }],
    [
      'there is no such file system',
      {
        ...plenty,
        roomBytes: () => {
          throw new Error('ENOENT');
        },
      },
    ],
  ])('is kept on the disk where %s', (_, memory) => {
    expect(parentOfData(memory)).toBe(tmpdir());
  });
});
