import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { expect, it } from 'vitest';

import { longestFiles } from '../setup/longest-first.ts';

it.each(longestFiles)('%s is there: one that was renamed would begin among the last', (file) => {
  expect(existsSync(join(import.meta.dirname, '../..', file))).toBe(true);
});
