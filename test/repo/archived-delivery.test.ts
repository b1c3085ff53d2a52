import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');

/** What makes a verified delivery of a record without verifying it. Whoever calls it has decoded the record from the archive. */
const callers = [
  'packages/operations/src/replay/replay-delivery.ts',
  'packages/providers/src/testing/fixture-outcome.ts',
];

it('deliveries of the archive are normalised again by replays, and by nothing else', () => {
  const files = globSync('{packages,services,scripts,test}/**/*.ts', {
    cwd: root,
    exclude: (path) => path.includes('node_modules') || path.includes('dist'),
  });

  const calling = files.filter((file) => /\barchivedDelivery\s*\(/.test(readFileSync(join(root, file), 'utf8')));

  const owner = 'packages/providers/src/contract/delivery.ts';
  const others = calling.filter((file) => file !== owner && !file.startsWith('test/repo/'));
  expect(new Set(others)).toEqual(new Set(callers));
});
